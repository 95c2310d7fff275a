// SPDX-License-Identifier: BSD-3-Clause
#include "channel.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "system_failure.hpp"

namespace dumbwaiter::channel {

namespace {

constexpr uint64_t kPage = 4096;

Expected<char*> map_shared(int descriptor, uint64_t size)
{
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    if (at == MAP_FAILED) return system_failure("mapping the channel of a child");
    return static_cast<char*>(at);
}

}  // namespace

Layout Layout::of(uint32_t workers, uint64_t largest_result)
{
    const uint64_t needed = largest_result + 64 * 1024 + kPage;  // an answer's header, its serializer, a report's text
    return {.workers = workers, .large = (needed + kPage - 1) / kPage * kPage};
}

Expected<Memory> Memory::make(const Layout& layout)
{
    Descriptor file(::memfd_create("dumbwaiter channel", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file.is_open()) return system_failure("memfd_create");
    const bool is_sized = ::ftruncate(file.number(), static_cast<off_t>(layout.size())) == 0 &&
                          ::fcntl(file.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
    const Expected<char*> base =
        is_sized ? map_shared(file.number(), layout.size()) : system_failure("sealing a memfd");
    if (!base) return std::unexpected(base.error());
    return Memory(*base, layout, std::move(file));
}

Expected<Memory> Memory::map(int descriptor, const Layout& layout)
{
    const Expected<char*> base = map_shared(descriptor, layout.size());
    if (!base) return std::unexpected(base.error());
    return Memory(*base, layout, {});
}

Memory::Memory(Memory&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), layout_(other.layout_), file_(std::move(other.file_))
{}

Memory::~Memory()
{
    if (base_ != nullptr) ::munmap(base_, layout_.size());
}

WorkerPage& Memory::page(uint32_t worker) const
{
    return *reinterpret_cast<WorkerPage*>(base_ + sizeof(Front) + worker * layout_.per_worker());
}

char* Memory::ring(uint32_t worker) const
{
    return reinterpret_cast<char*>(&page(worker)) + sizeof(WorkerPage);
}

char* Memory::large(uint32_t worker) const
{
    return ring(worker) + kRingSize;
}

}  // namespace dumbwaiter::channel
