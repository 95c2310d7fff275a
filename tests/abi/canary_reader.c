// SPDX-License-Identifier: BSD-3-Clause
//
// The same for libdumbwaiter.so.0: a pointer to every function of reader.h, named after it, and every struct. Built
// from the header, not the library itself, whose debug information depends on build options; that its exports are these
// is compared beside it. Never run.
#include <dumbwaiter/reader.h>

#define FUNCTION(name) DW_READER_EXPORT __typeof__(name)* canary_##name

FUNCTION(dw_reader_open);
FUNCTION(dw_reader_close);
FUNCTION(dw_reader_error);
FUNCTION(dw_reader_allow_plugins);
FUNCTION(dw_get_value);
FUNCTION(dw_get_value_fresh);
FUNCTION(dw_get_history);
FUNCTION(dw_get_errors);
FUNCTION(dw_get_document);
FUNCTION(dw_wait);
FUNCTION(dw_each_name);
FUNCTION(dw_reading_json);
FUNCTION(dw_reading_walk);
FUNCTION(dw_reading_media_type);
FUNCTION(dw_reading_copy);
FUNCTION(dw_reading_clear);
FUNCTION(dw_free);

DW_READER_EXPORT dw_reading canary_reading;
DW_READER_EXPORT dw_visitor canary_visitor;
