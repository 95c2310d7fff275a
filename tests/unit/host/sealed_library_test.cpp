// SPDX-License-Identifier: BSD-3-Clause
//
// Libraries as sealed copies: what was read is what runs, whatever becomes of the file.
#include "sealed_library.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "scratch_folder.hpp"
#include "taken.hpp"

using namespace dumbwaiter;

namespace fs = std::filesystem;

namespace {

const fs::path kFixtures = FIXTURES;

// A copy of a fixture, for a test to spoil.
fs::path place(const ScratchFolder& folder, const std::string& name)
{
    fs::copy_file(kFixtures / name, folder.path / name);
    return folder.path / name;
}

template <typename Signature>
Signature* code_of(const Library& library, const std::string& symbol)
{
    const auto code = library.code(symbol);
    REQUIRE_MESSAGE(code.has_value(), code.error().message);
    return reinterpret_cast<Signature*>(*code);
}

bool says(const Error& error, std::string_view part)
{
    INFO(error.message);
    return error.message.find(part) != std::string::npos;
}

void check_needing_runs(const SealedLibrary& library)
{
    const auto opened = Library::open(library);
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    CHECK(code_of<int()>(**opened, "needing")() == 42);
}

// As `cp` onto a file does it: the same inode, empty at first.
void overwrite(const fs::path& file, std::string_view bytes)
{
    const Descriptor opened(::open(file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    REQUIRE(opened.is_open());
    REQUIRE(::write(opened.number(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

TEST_CASE("a copy has the file's bytes and their sha256, and nobody can change it")
{
    const ScratchFolder folder;
    const Descriptor file(::open(folder.write("x", "abc").c_str(), O_RDONLY | O_CLOEXEC));
    const auto copy = copy_sealed(file, "x");
    REQUIRE(copy);
    CHECK(copy->sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(SealedBytes(*copy).bytes() == "abc");
    const int number = copy->descriptor.number();
    CHECK(::pwrite(number, "x", 1, 0) < 0);
    CHECK(::ftruncate(number, 1) < 0);
    CHECK(::ftruncate(number, 100) < 0);
    CHECK(::fcntl(number, F_ADD_SEALS, 0) < 0);
    CHECK((::mmap(nullptr, 3, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0) == MAP_FAILED));
    CHECK((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("an empty file and a large one are copied like others")
{
    const ScratchFolder folder;
    for (const size_t size : {size_t{0}, size_t{256} << 10, (size_t{1} << 20) + 1}) {
        const std::string bytes(size, 'x');
        const Descriptor file(::open(folder.write("x", bytes).c_str(), O_RDONLY | O_CLOEXEC));
        const auto copy = copy_sealed(file, "x");
        REQUIRE(copy);
        CHECK((SealedBytes(*copy).bytes() == bytes));
    }
}

TEST_CASE("a file that is being written is not taken")
{
    const ScratchFolder folder;
    const fs::path path = folder.write("x", "");
    fs::resize_file(path, uintmax_t{64} << 20);
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        for (off_t at = 0; !stop; at = (at + 4096) % (off_t{64} << 20))
            REQUIRE(::pwrite(file.number(), "x", 1, at) == 1);
    });
    const auto copy = copy_sealed(file, "x");
    stop = true;
    writer.join();
    REQUIRE(!copy);
    CHECK(copy.error().code == Code::kBusy);
    CHECK(copy_sealed(file, "x"));
}

TEST_CASE("a pin holds for its bytes alone")
{
    const fs::path file = kFixtures / "clock.so";
    const std::string sha256 = taken(file).copy.sha256;
    CHECK(take_library(file, Trust::kOwner, sha256));
    std::string other = sha256;
    other[0] = other[0] == '0' ? '1' : '0';
    const auto library = take_library(file, Trust::kOwner, other);
    REQUIRE(!library);
    CHECK(library.error().code == Code::kIncompatible);
    CHECK(says(library.error(), "clock.so: its sha256 is " + sha256));
}

TEST_CASE("a file that others may write is not taken, nor one that others may write beside it")
{
    const ScratchFolder folder;
    const fs::path file = place(folder, "needing.so"), beside = place(folder, "libbeside.so");
    CHECK(take_library(file, Trust::kOwner));
    fs::permissions(beside, fs::perms::others_write, fs::perm_options::add);
    const auto library = take_library(file, Trust::kOwner);
    REQUIRE(!library);
    CHECK(library.error().code == Code::kDenied);
    CHECK(says(library.error(), "needing.so needs libbeside.so: "));
    CHECK(take_library(file, Trust::kAny));
}

TEST_CASE("one library opened twice is there once, and one that changed is another")
{
    const ScratchFolder folder;
    const fs::path file = place(folder, "libbeside.so");
    const auto first = open_library(file), second = open_library(file);
    REQUIRE(first);
    REQUIRE(second);
    CHECK((*(*first)->code("beside") == *(*second)->code("beside")));
    std::string bytes(fs::file_size(file), '\0');
    std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    overwrite(file, bytes + " ");
    const auto third = open_library(file);
    REQUIRE(third);
    CHECK((*(*first)->code("beside") != *(*third)->code("beside")));
}

TEST_CASE("what this process runs on already is not there a second time")
{
    Dl_info here{};
    REQUIRE(::dladdr(reinterpret_cast<void*>(&::getpid), &here) != 0);
    const auto library = open_library(fs::canonical(here.dli_fname));
    REQUIRE(library);
    CHECK((*(*library)->code("getpid") == ::dlsym(RTLD_DEFAULT, "getpid")));
}

TEST_CASE("a library knows its own file, though it runs from a copy")
{
    const fs::path file = kFixtures / "libbeside.so";
    const auto library = open_library(file);
    REQUIRE(library);
    Dl_info info{};
    REQUIRE(::dladdr(*(*library)->code("beside"), &info) != 0);
    CHECK(std::string(info.dli_fname) == file.string());
}

TEST_CASE("what a library finds by $ORIGIN is taken along")
{
    const ScratchFolder folder;
    const fs::path file = place(folder, "needing.so"), beside = place(folder, "libbeside.so");
    const SealedLibrary library = taken(file);
    REQUIRE(library.beside.size() == 1);
    CHECK(library.beside[0].file == beside);
    CHECK(library.uncopied.empty());
    CHECK(descriptors_of(library).size() == 2);
    fs::remove(beside);  // it was read, and is not asked for again
    check_needing_runs(library);
}

TEST_CASE("what is found by $ORIGIN without a soname makes the loader take the file itself, and no pin can be held")
{
    const ScratchFolder folder;
    const fs::path file = place(folder, "needing_nameless.so");
    place(folder, "nameless.so");
    const SealedLibrary library = taken(file);
    CHECK(library.uncopied.find("link nameless.so with -Wl,-soname,nameless.so") != std::string::npos);
    CHECK(pin_fault(library, library.copy.sha256).find("cannot be pinned") != std::string::npos);
    check_needing_runs(library);
}

TEST_CASE("a run path of the old kind, which is handed on, is left to the loader")
{
    const ScratchFolder folder;
    const fs::path file = place(folder, "needing_rpath.so");
    place(folder, "libbeside.so");
    const SealedLibrary library = taken(file);
    CHECK(library.uncopied.find("-Wl,--enable-new-dtags") != std::string::npos);
    check_needing_runs(library);
}

TEST_CASE("a library that is overwritten in place while it runs does no harm")
{
    const ScratchFolder folder;
    const fs::path file = place(folder, "libbeside.so");
    const auto library = open_library(file);
    REQUIRE(library);
    auto* const touch = code_of<int(unsigned)>(**library, "touch");
    std::atomic<bool> stop = false;
    std::atomic<unsigned> wrong = 0;
    std::thread caller([&] {
        for (unsigned at = 0; !stop; at += 4096) wrong += touch(at) != (at % (1U << 20) == 0 ? 1 : 0) ? 1 : 0;
    });
    for (int round = 0; round < 500; ++round) {
        overwrite(file, round % 2 == 0 ? std::string(size_t{1} << 16, '\xcc') : std::string());
        // Whatever stands there now is no library, and is said to be none.
        CHECK(!take_library(file, Trust::kOwner));
    }
    stop = true;
    caller.join();
    CHECK(wrong == 0);
}
