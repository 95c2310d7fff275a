// SPDX-License-Identifier: BSD-3-Clause
//
// The bytes of an ELF library and the parts of it that the dynamic loader looks at, every access bounds-checked.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "status.hpp"

namespace dumbwaiter {

// Views the bytes, does not own them. Addresses are those of the program headers, as in symbols and dynamic entries.
class ElfImage {
public:
    // kIncompatible: not ELF, not a library, not for this machine; kDamaged: cut off or lying.
    static Expected<ElfImage> open(std::string_view bytes);

    // A copy of the T at this address; nullopt where no loaded part of the file holds it whole. What lies past a part's
    // bytes in the file but inside its memory is zero.
    template <typename T>
    std::optional<T> at_address(uint64_t address) const
    {
        const std::optional<std::string_view> bytes = bytes_at(address, sizeof(T));
        if (!bytes) return std::nullopt;
        T value{};
        std::memcpy(&value, bytes->data(), bytes->size());
        return value;
    }

    // NUL-terminated text at this address, without its NUL, and ended by `end` at the latest; "" if it is nowhere.
    std::string_view text_at(uint64_t address, uint64_t end) const;

    // The value of a dynamic entry (DT_SYMTAB, ...).
    std::optional<uint64_t> dynamic(int64_t tag) const;

    // The texts that entries of this tag point to (DT_NEEDED, ...), in order; "" where one points nowhere.
    std::vector<std::string> dynamic_texts(int64_t tag) const;

private:
    explicit ElfImage(std::string_view bytes) : bytes_(bytes) {}

    Status read_segments(const Elf64_Ehdr& header);
    Status read_dynamic(const Elf64_Phdr& segment);

    // The bytes of the file for this range; shorter than `size` where the rest is zero memory.
    std::optional<std::string_view> bytes_at(uint64_t address, uint64_t size) const;

    std::string_view bytes_;
    std::vector<Elf64_Phdr> loaded_;
    std::vector<Elf64_Dyn> dynamic_;
};

}  // namespace dumbwaiter
