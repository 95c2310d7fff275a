// SPDX-License-Identifier: BSD-3-Clause
#include "postgres_array.hpp"

#include <string>

namespace {

// Walks the text once. Every step either goes forward or throws.
class ArrayText {
public:
    ArrayText(dw_call* call, std::string_view text, const std::function<std::int32_t(std::string_view)>& put_element)
        : call_(call), text_(text), put_element_(put_element)
    {
        // Bounds that do not begin at 1 stand in front: [0:2]={...}
        if (!text_.empty() && text_[0] == '[') at_ = text_.find('=') == text_.npos ? text_.size() : text_.find('=') + 1;
    }

    std::int32_t put()
    {
        expect('{');
        std::int32_t code = dw_open_array(call_);
        if (next() == '}') {
            ++at_;
        } else {
            do {
                if (code == DW_OK) code = put_element();
            } while (code == DW_OK && is_followed());
        }
        return code == DW_OK ? dw_close(call_) : code;
    }

private:
    char next() const
    {
        if (at_ >= text_.size())
            throw dumbwaiter::Failed("an array of the server ends too early: " + std::string(text_));
        return text_[at_];
    }
    void expect(char wanted)
    {
        if (next() != wanted)
            throw dumbwaiter::Failed("an array of the server is not understood: " + std::string(text_));
        ++at_;
    }

    // Past the comma or the closing brace.
    bool is_followed()
    {
        if (next() == ',') return ++at_, true;
        expect('}');
        return false;
    }

    std::int32_t put_element()
    {
        if (next() == '{') return put();
        std::string element;
        bool const is_quoted = next() == '"';
        if (is_quoted) {
            for (++at_; next() != '"'; ++at_) {
                if (next() == '\\') ++at_;
                element += next();
            }
            ++at_;
        } else {
            for (; next() != ',' && next() != '}' && next() != ';'; ++at_) element += next();
        }
        return !is_quoted && element == "NULL" ? dw_put_null(call_) : put_element_(element);
    }

    dw_call* call_;
    std::string_view text_;
    const std::function<std::int32_t(std::string_view)>& put_element_;
    std::size_t at_ = 0;
};

}  // namespace

std::int32_t put_array(dw_call* call, std::string_view text,
                       const std::function<std::int32_t(std::string_view element)>& put_element)
{
    return ArrayText(call, text, put_element).put();
}
