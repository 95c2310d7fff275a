// SPDX-License-Identifier: BSD-3-Clause
//
// The value is put while it is parsed, so that it is in memory once.
#include "json_text.h"

#include <nlohmann/json.hpp>

namespace {

// What the parser finds, put at once. Each returns false to stop it: a put that fails has told the host why.
class Putter {
public:
    explicit Putter(dw_call* call) : call_(call) {}

    bool null() { return take(dw_put_null(call_)); }
    bool boolean(bool truth) { return take(dw_put_bool(call_, truth ? 1 : 0)); }
    bool number_integer(std::int64_t number) { return take(dw_put_i64(call_, number)); }
    bool number_unsigned(std::uint64_t number) { return take(dw_put_u64(call_, number)); }
    bool number_float(double number, const std::string&) { return take(dw_put_f64(call_, number)); }
    bool string(const std::string& text) { return take(dw_put_str(call_, text.data(), text.size())); }
    bool binary(const std::vector<std::uint8_t>&) { return false; }  // is in no JSON text
    bool start_object(std::size_t) { return take(dw_open_map(call_)); }
    bool key(const std::string& text) { return take(dw_key(call_, text.data(), text.size())); }
    bool end_object() { return take(dw_close(call_)); }
    bool start_array(std::size_t) { return take(dw_open_array(call_)); }
    bool end_array() { return take(dw_close(call_)); }

    template <typename Error>
    bool parse_error(std::size_t, const std::string&, const Error& error)
    {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
        std::string const what = error.what();
        auto const from = what.find("] ");
        fault_ = from == std::string::npos ? what : what.substr(from + 2);
        return false;
    }

    std::int32_t code() const { return code_; }
    const std::string& fault() const { return fault_; }

private:
    bool take(std::int32_t code)
    {
        code_ = code;
        return code == DW_OK;
    }

    dw_call* call_;
    std::int32_t code_ = DW_OK;
    std::string fault_;
};

}  // namespace

std::int32_t put_json(dw_call* call, const char* text, std::uint64_t length, const char* source)
{
    Putter putter(call);
    nlohmann::json::sax_parse(text, text + length, &putter);
    if (putter.fault().empty()) return putter.code();
    return dw_fail(call, (std::string(source) + " is no JSON: " + putter.fault()).c_str());
}
