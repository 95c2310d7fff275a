// SPDX-License-Identifier: BSD-3-Clause
//
// A library of debug information: every struct that crosses between host and plugin hangs on an exported symbol, so
// that abidw finds it. Never run.
#include <dumbwaiter/serializer.h>

DW_EXPORT dw_call canary_call;
DW_EXPORT dw_api canary_api;
DW_EXPORT dw_value canary_value;
DW_EXPORT dw_function_info canary_function_info;
DW_EXPORT dw_serializer_info canary_serializer_info;
DW_EXPORT dw_serializer_extension canary_serializer_extension;
