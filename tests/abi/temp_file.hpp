// SPDX-License-Identifier: BSD-3-Clause
//
// A file that tests of libfile.so read, and the value that a run left.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "invocation.hpp"

namespace dumbwaiter {

inline nlohmann::json value_of(const Left& left)
{
    REQUIRE(left.text == "");
    REQUIRE(left.code == DW_OK);
    return nlohmann::json::parse(left.value);
}

// A file of its own in a folder of its own, gone afterwards. Written an hour ago, as far as its stamps say.
class TempFile {
public:
    explicit TempFile(std::string_view text)
    {
        std::string folder = (std::filesystem::temp_directory_path() / "dumbwaiter-XXXXXX").string();
        folder_ = mkdtemp(folder.data());
        write(text);
    }
    ~TempFile() { std::filesystem::remove_all(folder_); }
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;

    void write(std::string_view text)
    {
        std::ofstream(path(), std::ios::binary) << text;
        age(3600 - ++writes_);
    }
    void age(int seconds) const
    {
        const timespec at{time(nullptr) - seconds, 0};
        const timespec both[2] = {at, at};
        REQUIRE(utimensat(AT_FDCWD, path().c_str(), both, 0) == 0);
    }
    std::filesystem::path path() const { return folder_ / "text"; }
    std::string args() const { return nlohmann::json::array({path().string()}).dump(); }

private:
    std::filesystem::path folder_;
    int writes_ = 0;
};

}  // namespace dumbwaiter
