// SPDX-License-Identifier: BSD-3-Clause
//
// The checks that a file must pass before anything in it is believed.
#include "elf_image.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dumbwaiter {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#else
#error "say here which ELF machine this is"
#endif

constexpr size_t kMaxDynamicEntries = 4096;

std::string machine_name(uint16_t machine)
{
    switch (machine) {
        case EM_X86_64: return "x86-64";
        case EM_AARCH64: return "aarch64";
        case EM_386: return "32-bit x86";
        case EM_ARM: return "32-bit ARM";
        case EM_RISCV: return "RISC-V";
        case EM_PPC64: return "POWER";
        case EM_S390: return "s390x";
        default: return fmt::format("machine {}", machine);
    }
}

bool fits(uint64_t offset, uint64_t size, uint64_t total)
{
    return offset <= total && size <= total - offset;
}

std::unexpected<Error> cut_off()
{
    return failure(Code::kDamaged, "is cut off: build or copy it again");
}

std::unexpected<Error> lying(std::string_view what)
{
    return failure(Code::kDamaged, fmt::format("is damaged ({}): build or copy it again", what));
}

std::unexpected<Error> foreign(std::string message)
{
    return failure(Code::kIncompatible, std::move(message));
}

Status check_header(std::string_view bytes, const Elf64_Ehdr& header)
{
    if (header.e_ident[EI_CLASS] != ELFCLASS64) return foreign("is a 32-bit library: build it for 64 bits");
    if (header.e_ident[EI_DATA] != ELFDATA2LSB) return foreign("is big-endian: build it for this machine");
    if (header.e_machine != kMachine) {
        return foreign(fmt::format("was built for {}, and this is {}: build it for this machine",
                                   machine_name(header.e_machine), machine_name(kMachine)));
    }
    if (header.e_type != ET_DYN) return foreign("is an ELF file, but no shared library: link it with -shared");
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0) return lying("program headers");
    // Section headers stand at the end and are not needed here, so they tell whether the end is there.
    const uint64_t sections = uint64_t{header.e_shnum} * header.e_shentsize;
    if (header.e_shoff != 0 && !fits(header.e_shoff, sections, bytes.size())) return cut_off();
    return {};
}

}  // namespace

Expected<ElfImage> ElfImage::open(std::string_view bytes)
{
    if (!bytes.starts_with(std::string_view(ELFMAG, SELFMAG))) {
        return foreign(bytes.empty() ? "is empty: build it again" : "is no shared library (not an ELF file)");
    }
    if (bytes.size() < sizeof(Elf64_Ehdr)) return cut_off();
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (Status status = check_header(bytes, header); !status) return std::unexpected(status.error());
    ElfImage image(bytes);
    if (Status status = image.read_segments(header); !status) return std::unexpected(status.error());
    return image;
}

Status ElfImage::read_segments(const Elf64_Ehdr& header)
{
    if (!fits(header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), bytes_.size())) return cut_off();
    std::optional<Elf64_Phdr> dynamic;
    for (uint16_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        std::memcpy(&segment, bytes_.data() + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_DYNAMIC) dynamic = segment;
        if (segment.p_type != PT_LOAD) continue;
        if (!fits(segment.p_offset, segment.p_filesz, bytes_.size())) return cut_off();
        if (segment.p_filesz > segment.p_memsz || !fits(segment.p_vaddr, segment.p_memsz, UINT64_MAX)) {
            return lying("a segment's size");
        }
        loaded_.push_back(segment);
    }
    if (!dynamic) return foreign("has no dynamic section: link it with -shared");
    return read_dynamic(*dynamic);
}

Status ElfImage::read_dynamic(const Elf64_Phdr& segment)
{
    const uint64_t count = std::min<uint64_t>(segment.p_memsz / sizeof(Elf64_Dyn), kMaxDynamicEntries);
    for (uint64_t i = 0; i < count; ++i) {
        const auto entry = at_address<Elf64_Dyn>(segment.p_vaddr + i * sizeof(Elf64_Dyn));
        if (!entry) return lying("its dynamic section");
        if (entry->d_tag == DT_NULL) break;
        dynamic_.push_back(*entry);
    }
    if ((dynamic(DT_FLAGS_1).value_or(0) & DF_1_PIE) != 0) return foreign("is a program, not a shared library");
    return {};
}

std::optional<std::string_view> ElfImage::bytes_at(uint64_t address, uint64_t size) const
{
    for (const Elf64_Phdr& segment : loaded_) {
        if (address < segment.p_vaddr || !fits(address - segment.p_vaddr, size, segment.p_memsz)) continue;
        const uint64_t skipped = address - segment.p_vaddr;
        if (skipped >= segment.p_filesz) return std::string_view(bytes_.data(), 0);
        return bytes_.substr(segment.p_offset + skipped, std::min(size, segment.p_filesz - skipped));
    }
    return std::nullopt;
}

std::string_view ElfImage::text_at(uint64_t address, uint64_t end) const
{
    constexpr uint64_t kLongestText = 64 * 1024;  // so that a thousand names cannot share one endless text
    if (address >= end) return {};
    const std::optional<std::string_view> bytes = bytes_at(address, std::min(end - address, kLongestText));
    if (!bytes) return {};
    const size_t length = bytes->find('\0');
    return length == bytes->npos ? std::string_view() : bytes->substr(0, length);
}

std::optional<uint64_t> ElfImage::dynamic(int64_t tag) const
{
    for (const Elf64_Dyn& entry : dynamic_) {
        if (entry.d_tag == tag) return entry.d_un.d_val;
    }
    return std::nullopt;
}

std::vector<std::string> ElfImage::dynamic_texts(int64_t tag) const
{
    const auto texts = dynamic(DT_STRTAB), size = dynamic(DT_STRSZ);
    if (!texts || !size || *size > UINT64_MAX - *texts) return {};
    std::vector<std::string> found;
    for (const Elf64_Dyn& entry : dynamic_) {
        if (entry.d_tag != tag) continue;
        const bool is_inside = entry.d_un.d_val < *size;
        found.emplace_back(is_inside ? text_at(*texts + entry.d_un.d_val, *texts + *size) : std::string_view());
    }
    return found;
}

}  // namespace dumbwaiter
