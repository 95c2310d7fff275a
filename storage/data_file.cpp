// SPDX-License-Identifier: BSD-3-Clause
#include "data_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>

#include "descriptor.hpp"

namespace dumbwaiter {

namespace {

// LMDB's own layout (data format 1, 64 bits), as the two first pages hold it after their headers.
struct Tree {
    uint32_t page_size;  // of the first tree; else flags
    uint16_t flags, depth;
    uint64_t branches, leaves, overflows, entries, root;
};

struct Meta {
    uint32_t magic, version;
    uint64_t address, map_size;
    Tree trees[2];
    uint64_t last_page, txn;
};

static_assert(sizeof(Tree) == 48 && sizeof(Meta) == 136);

constexpr uint32_t kMagic = 0xBEEFC0DE;
constexpr off_t kPageHeader = 16;
constexpr uint64_t kNoPage = ~uint64_t{0};

bool read_meta(int file, off_t page, Meta& meta)
{
    return pread(file, &meta, sizeof meta, page + kPageHeader) == sizeof meta && meta.magic == kMagic;
}

// Bytes up to the end of the roots of the newest snapshot; 0 where LMDB is to judge. The roots are on disk before the
// meta that names them is.
uint64_t least_size(int file)
{
    Meta first, second;
    if (!read_meta(file, 0, first)) return 0;
    const uint64_t page_size = first.trees[0].page_size;
    if (!read_meta(file, static_cast<off_t>(page_size), second)) return 0;
    const Meta& newest = first.txn > second.txn ? first : second;
    uint64_t pages = 0;
    for (const Tree& tree : newest.trees) {
        if (tree.root != kNoPage && tree.root >= pages) pages = tree.root + 1;
    }
    return pages * page_size;
}

}  // namespace

Status check_data_file(const std::filesystem::path& folder)
{
    const Descriptor file(open((folder / "data.mdb").c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return {};  // whoever opens it next says why
    const uint64_t least = least_size(file.number());
    struct stat facts {};
    const bool is_known =
        fstat(file.number(), &facts) == 0;  // after the metas: a file that is written meanwhile only grows
    const auto size = static_cast<uint64_t>(facts.st_size);
    if (!is_known || size >= least) return {};
    return failure(Code::kDamaged, fmt::format("opening the store in {}: data.mdb is cut short, it has {} bytes and "
                                               "needs {}; restore a backup, or move it away to start anew",
                                               folder.string(), size, least));
}

}  // namespace dumbwaiter
