#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Runs one test file of the Node client. 77, which meson shows as skipped: there is no Node 18 or later, or no koffi
# (`npm ci` in clients/node installs it).
set -u
package=$(dirname "$0")/../node
command -v node >/dev/null || exit 77
cd "$package" || exit 1
node -e 'require("koffi"); process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null || exit 77
exec node --test "$1"
