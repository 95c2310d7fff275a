/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Prints every newest value of a store twice, a line each name: NAME, tab, what dw_reading_walk shows in the notation of
 * tagged.c as JSON (a map as {"map": [[key, value], ...]}), tab, what dw_reading_json gives.
 *
 * usage: print_values STORE [PLUGINS]
 */
#include <dumbwaiter/reader.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MOST_LEVELS 200

/* Of an open container: what goes before its next child. */
struct level {
    int is_map, has_children;
};

struct printer {
    struct level levels[MOST_LEVELS];
    int depth; /* of levels in use; levels[0] is outside of the value */
};

static struct level* top(void* context)
{
    struct printer* const printer = context;
    return &printer->levels[printer->depth];
}

/* Before a value: its key has put the comma of a map's child. */
static void begin(void* context)
{
    struct level* const level = top(context);
    if (!level->is_map && level->has_children) putchar(',');
    level->has_children = 1;
}

/* After a value: a map's child is a pair. */
static int end(void* context)
{
    if (top(context)->is_map) putchar(']');
    return 0;
}

static void print_text(const char* text, uint64_t length)
{
    uint64_t i;
    for (i = 0; i < length; ++i) {
        unsigned char const c = (unsigned char)text[i];
        if (c < 0x20 || c == '"' || c == '\\')
            printf("\\u%04x", c);
        else
            putchar(c);
    }
}

static int show_null(void* context)
{
    begin(context);
    printf("\"n:\"");
    return end(context);
}

static int show_boolean(void* context, int32_t truth)
{
    begin(context);
    printf("\"y:%d\"", truth);
    return end(context);
}

static int show_i64(void* context, int64_t number)
{
    begin(context);
    printf("\"i:%" PRId64 "\"", number);
    return end(context);
}

/* Only what an i64 does not hold may come as one: another mark would show as a difference. */
static int show_u64(void* context, uint64_t number)
{
    begin(context);
    printf("\"%s:%" PRIu64 "\"", number > INT64_MAX ? "i" : "small u64", number);
    return end(context);
}

static int show_f64(void* context, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    begin(context);
    printf("\"f:%016" PRIx64 "\"", bits);
    return end(context);
}

static int show_str(void* context, const char* text, uint64_t length)
{
    begin(context);
    printf("\"s:");
    print_text(text, length);
    putchar('"');
    return end(context);
}

static int show_bytes(void* context, const void* bytes, uint64_t length)
{
    uint64_t i;
    begin(context);
    printf("\"b:");
    for (i = 0; i < length; ++i) printf("%02x", ((const unsigned char*)bytes)[i]);
    putchar('"');
    return end(context);
}

static int show_time(void* context, int64_t unix_ns)
{
    begin(context);
    printf("\"t:%" PRId64 "\"", unix_ns);
    return end(context);
}

static int open_level(void* context, int is_map)
{
    struct printer* const printer = context;
    begin(context);
    if (++printer->depth == MOST_LEVELS) return 1;
    printer->levels[printer->depth].is_map = is_map;
    printer->levels[printer->depth].has_children = 0;
    printf(is_map ? "{\"map\":[" : "[");
    return 0;
}

static int open_array(void* context, uint64_t count)
{
    (void)count;
    return open_level(context, 0);
}

static int open_map(void* context, uint64_t count)
{
    (void)count;
    return open_level(context, 1);
}

static int show_key(void* context, const char* text, uint64_t length)
{
    printf(top(context)->has_children ? ",[\"" : "[\"");
    print_text(text, length);
    printf("\",");
    return 0;
}

static int close_level(void* context)
{
    struct printer* const printer = context;
    printf(top(context)->is_map ? "]}" : "]");
    --printer->depth;
    return end(context);
}

static int print_value(dw_reader* reader, const char* name, dw_reading* reading)
{
    dw_visitor const visitor = {sizeof visitor, show_null, show_boolean, show_i64,   show_u64, show_f64, show_str,
                                show_bytes,     show_time, open_array,   open_map, show_key, close_level};
    struct printer printer;
    char* json;
    uint64_t length;
    memset(&printer, 0, sizeof printer);
    if (dw_get_value(reader, name, reading) != DW_OK) return 1;
    printf("%s\t", name);
    if (dw_reading_walk(reader, reading, &visitor, &printer) != DW_OK) return 1;
    if (dw_reading_json(reader, reading, &json, &length) != DW_OK) return 1;
    printf("\t%s\n", json);
    if (json[length] != '\0' || strlen(json) != length) return 1;
    dw_free(json);
    return 0;
}

/* A name's value is read while the names are walked, which holds nothing. */
static int each_name(void* context, const char* name)
{
    dw_reading reading;
    int code;
    memset(&reading, 0, sizeof reading);
    reading.struct_size = sizeof reading;
    code = print_value(context, name, &reading);
    if (code != 0) fprintf(stderr, "%s: %s\n", name, dw_reader_error());
    dw_reading_clear(&reading);
    return 0;
}

int main(int argc, char** argv)
{
    dw_reader* reader;
    int32_t code = argc < 2 ? DW_MISUSE : dw_reader_open(argv[1], &reader);
    if (code == DW_OK && argc > 2) code = dw_reader_allow_plugins(reader, argv[2]);
    if (code == DW_OK) code = dw_each_name(reader, each_name, reader);
    if (code != DW_OK) fprintf(stderr, "usage: print_values STORE [PLUGINS]; %s\n", dw_reader_error());
    return code == DW_OK ? 0 : 1;
}
