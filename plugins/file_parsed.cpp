// SPDX-License-Identifier: BSD-3-Clause
//
// libfile.so: `json` and `toml`, a file's text parsed into a value.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "file_source.h"
#include "json_text.h"
#include "toml_text.h"

namespace {

using PutText = std::int32_t (*)(dw_call*, const char*, std::uint64_t, const char*);

template <PutText put>
std::int32_t put_parsed(dw_call* call, int fd, const struct stat* seen, std::uint64_t* read_bytes)
{
    Text text = {nullptr, 0};
    std::int32_t const code = read_whole(call, fd, seen, &text);
    std::unique_ptr<char, decltype(&std::free)> const owner(text.data, std::free);
    if (code != DW_OK) return code;
    *read_bytes = text.length;
    std::size_t const good = utf8_prefix(text.data, text.length);
    if (good != text.length) return fail_utf8(call, &text, good, "convert it");
    return put(call, text.data, text.length, "the file of args[0]");
}

}  // namespace

DW_FUNCTION_EX(json, "A JSON file, parsed into a value", 0, remember_nothing, std::free, PATH_ONLY, NULL,
               DW_SECONDS(10))
{
    return put_if_changed(call, put_parsed<put_json>);
}

DW_FUNCTION_EX(toml, "A TOML file, parsed into a value", 0, remember_nothing, std::free, PATH_ONLY,
               "{\"type\": \"object\"}", DW_SECONDS(10))
{
    return put_if_changed(call, put_parsed<put_toml>);
}
