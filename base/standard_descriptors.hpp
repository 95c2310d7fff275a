// SPDX-License-Identifier: BSD-3-Clause
//
// Started with 0, 1 or 2 closed, a process gives these numbers to the files that it opens next, such as the store's
// lock.mdb, and every print goes into them.
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace dumbwaiter {

// Fills the gaps, before anything else is opened. What is written to a gap goes on failing, so that whoever prints
// notices.
inline void reserve_standard_descriptors()
{
    int descriptor = ::open("/dev/null", O_RDONLY);
    while (descriptor >= 0 && descriptor <= 2) descriptor = ::open("/dev/null", O_RDONLY);
    if (descriptor > 2) ::close(descriptor);
}

}  // namespace dumbwaiter
