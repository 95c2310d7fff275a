// SPDX-License-Identifier: BSD-3-Clause
//
// A store read by the reader library; whatever goes wrong ends the benchmark.
#pragma once

#include <dumbwaiter/reader.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace bench {

class OurReader {
public:
    explicit OurReader(const std::filesystem::path& folder)
    {
        reading_.struct_size = sizeof reading_;
        if (dw_reader_open(folder.c_str(), &reader_) != DW_OK) fail();
    }
    ~OurReader()
    {
        dw_reading_clear(&reading_);
        dw_reader_close(reader_);
    }
    OurReader(const OurReader&) = delete;
    OurReader& operator=(const OurReader&) = delete;

    uint64_t read(const std::string& name)
    {
        if (dw_get_value(reader_, name.c_str(), &reading_) != DW_OK) fail();
        return reading_.length;
    }

private:
    static void fail()
    {
        std::fprintf(stderr, "%s\n", dw_reader_error());
        std::exit(1);
    }
    dw_reader* reader_ = nullptr;
    dw_reading reading_{};
};

}  // namespace bench
