// SPDX-License-Identifier: BSD-3-Clause
#include "secret.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "codec.hpp"
#include "descriptor.hpp"
#include "utf8.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {
namespace {

constexpr std::string_view kFile = "file:", kVariable = "env:";
constexpr size_t kTelling = 8;  // bytes: a beginning of so many gives a secret away
constexpr size_t kMostBytes = 64 * 1024;

Expected<std::string> read_file(const std::string& path)
{
    // A FIFO or a device must not hang the worker.
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat seen {};
    if (!file.is_open() || fstat(file.number(), &seen) != 0) return failure(Code::kIo, std::strerror(errno));
    if (!S_ISREG(seen.st_mode)) return failure(Code::kIo, "it is no regular file");
    std::string text;
    if (!read_all(file.number(), kMostBytes, text)) return failure(Code::kIo, std::strerror(errno));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return text;
}

Expected<std::string> read_variable(const std::string& name)
{
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return failure(Code::kNotFound, "the host's environment has no such variable");
    return std::string(value);
}

// Each way in which a secret may stand in a text. Short lines of a longer secret tell nothing, and may be anything.
void add_forms(const std::string& secret, std::vector<std::string>& forms)
{
    forms.push_back(secret);
    const std::string quoted = json_quote(secret);
    forms.push_back(quoted.substr(1, quoted.size() - 2));
    for (size_t begin = 0; secret.find('\n') != secret.npos && begin < secret.size();) {
        const size_t end = std::min(secret.find('\n', begin), secret.size());
        if (end - begin >= kTelling) forms.push_back(secret.substr(begin, end - begin));
        begin = end + 1;
    }
}

void hide(std::string_view secret, std::string& text)
{
    static constexpr std::string_view kHidden = "***";
    const std::string_view head = secret.substr(0, kTelling);
    for (size_t at = text.find(head); at != text.npos; at = text.find(head, at)) {
        size_t same = head.size();
        while (same < secret.size() && at + same < text.size() && text[at + same] == secret[same]) ++same;
        // Not into the middle of a character.
        while (same > 0 && same < secret.size() && (static_cast<unsigned char>(secret[same]) & 0xc0) == 0x80) --same;
        text.replace(at, same, kHidden);
        at += kHidden.size();
    }
}

}  // namespace

std::string secret_source_fault(std::string_view source)
{
    static constexpr std::string_view kForms = R"(write "file:PATH" or "env:NAME")";
    if (source.find('\0') != source.npos) return fmt::format("holds a NUL: {}", kForms);
    if (source.starts_with(kFile)) return source == kFile ? fmt::format("names no file: {}", kForms) : "";
    if (!source.starts_with(kVariable)) return fmt::format("says neither file nor env: {}", kForms);
    const std::string_view name = source.substr(kVariable.size());
    const bool is_name = !name.empty() && name.find('=') == name.npos;
    return is_name ? "" : fmt::format("names no variable: {}", kForms);
}

Expected<std::string> read_secret(std::string_view source)
{
    const bool is_file = source.starts_with(kFile);
    const std::string place(source.substr(is_file ? kFile.size() : kVariable.size()));
    Expected<std::string> text = is_file ? read_file(place) : read_variable(place);
    if (!text) return text;
    if (text->empty()) return failure(Code::kInvalidArgument, "it is empty");
    if (text->size() > kMostBytes) return failure(Code::kTooLarge, "it is longer than 64 KiB");
    if (!is_utf8(*text) || text->find('\0') != text->npos)
        return failure(Code::kInvalidArgument, "it is no UTF-8 text without NUL");
    return text;
}

std::string without_secrets(std::string text, const std::vector<std::string>& secrets)
{
    std::vector<std::string> forms;
    for (const std::string& secret : secrets) add_forms(secret, forms);
    // The longer ones first, as one may be part of another.
    std::ranges::stable_sort(forms, std::ranges::greater{}, &std::string::size);
    for (const std::string& form : forms) hide(form, text);
    return text;
}

}  // namespace dumbwaiter
