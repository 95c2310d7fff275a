// SPDX-License-Identifier: BSD-3-Clause
//
// What the tests of stores share: a scratch folder, code in a process of its own, and short ways to write and to read.
#pragma once

#include <dumbwaiter/reader.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "store.hpp"

namespace scratch {

class Folder {
public:
    Folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "dw-storage-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::filesystem::path store() const { return path / "store"; }
    std::filesystem::path path;
};

// Runs `work` in a child; its number is what the child left with (at most 255), or minus the signal that ended it.
class Process {
public:
    explicit Process(const std::function<int()>& work) : pid_(fork())
    {
        if (pid_ == 0) _exit(work());
    }
    Process(const Process&) = delete;
    ~Process()
    {
        if (pid_ < 0) return;
        kill(pid_, SIGKILL);
        join();
    }
    pid_t pid() const { return pid_; }
    void end(int signal) const { kill(pid_, signal); }
    int join()
    {
        int status = 0;
        if (waitpid(pid_, &status, 0) != pid_) return -1000;
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    pid_t pid_;
};

// Leaves `work` with a number that is not 0, and says why.
#define EXPECT_HERE(condition) \
    if (!(condition))          \
    return (fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, dw_reader_error()), __LINE__ % 255 + 1)

inline int in_process(const std::function<int()>& work)
{
    return Process(work).join();
}

// One token from one process to another.
class Gate {
public:
    Gate()
    {
        if (pipe(ends_) != 0) std::abort();
    }
    ~Gate()
    {
        close(ends_[0]);
        close(ends_[1]);
    }
    void open() const { [[maybe_unused]] auto ignored = write(ends_[1], "x", 1); }
    void pass() const
    {
        char token;
        [[maybe_unused]] auto ignored = read(ends_[0], &token, 1);
    }

private:
    int ends_[2];
};

inline dumbwaiter::Append value(std::string name, uint64_t sequence, std::string payload, uint32_t depth = 10)
{
    dumbwaiter::Append append;
    append.name = std::move(name);
    append.sequence = sequence;
    append.depth = depth;
    append.serializer = 1;
    append.due = 1000 + static_cast<int64_t>(sequence);
    append.started = append.due + 1;
    append.finished = append.due + 2;
    append.payload = std::move(payload);
    return append;
}

inline dumbwaiter::Append error(std::string name, uint64_t sequence, std::string text, uint32_t depth = 10)
{
    auto append = value(std::move(name), sequence, std::move(text), depth);
    append.kind = dumbwaiter::Append::Kind::kError;
    append.serializer = 0;
    append.outcome = dumbwaiter::Outcome::kFailed;
    return append;
}

inline dumbwaiter::StoreOptions small_store()
{
    dumbwaiter::StoreOptions options;
    options.durability = dumbwaiter::Durability::kVolatile;  // the tests fear no power loss
    options.map_size = 64 << 20;
    return options;
}

inline std::unique_ptr<dumbwaiter::Store> open(const Folder& folder, dumbwaiter::StoreOptions options = small_store())
{
    auto store = dumbwaiter::Store::open(folder.store(), options);
    return store ? std::move(*store) : nullptr;
}

inline dw_reading new_reading()
{
    dw_reading reading{};
    reading.struct_size = sizeof reading;
    return reading;
}

// A history as text: "3=c 2=b 1=a"; a damaged record is "2!".
inline std::string history_text(dw_reader* reader, const char* name, bool errors = false)
{
    std::string text;
    auto each = [](void* context, const char*, const dw_reading* reading) {
        auto& out = *static_cast<std::string*>(context);
        if (!out.empty()) out += ' ';
        out += std::to_string(reading->sequence);
        if (reading->outcome == 0xffffffff) {
            out += '!';
        } else {
            out += '=' + std::string(static_cast<const char*>(reading->data), reading->length);
        }
        return 0;
    };
    (errors ? dw_get_errors : dw_get_history)(reader, name, 0, each, &text);
    return text;
}

// The same, read in a process of its own.
inline std::string history_of(const Folder& folder, const char* name, bool errors = false)
{
    auto file = folder.path / "answer";
    in_process([&] {
        dw_reader* reader = nullptr;
        std::ofstream out(file);
        if (dw_reader_open(folder.store().c_str(), &reader) != DW_OK) {
            out << dw_reader_error();
        } else {
            out << history_text(reader, name, errors);
        }
        dw_reader_close(reader);
        return 0;
    });
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace scratch
