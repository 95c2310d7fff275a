// SPDX-License-Identifier: BSD-3-Clause
//
// What a start needed and a host at work does not.
#pragma once

#include <cstdlib>  // defines __GLIBC__ where it is

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace dumbwaiter {

// Gives freed memory back to the system, which malloc keeps where something younger lies above it: the tree of a large
// manifest is as large as all else.
inline void give_back_spare_memory()
{
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

}  // namespace dumbwaiter
