// SPDX-License-Identifier: BSD-3-Clause
//
// Why a function of the manifest does not run by itself.
#pragma once

namespace dumbwaiter {

struct Standing {
    bool is_paused = false;       // by `dumbwaiter pause`, over restarts
    bool is_quarantined = false;  // its child died of it too often
    bool is_off = false;          // it returned DW_DISABLE
};

}  // namespace dumbwaiter
