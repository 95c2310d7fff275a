// SPDX-License-Identifier: BSD-3-Clause
//
// The suite `faults`: rows of the fault matrix, then their table. FAULTS=full for the matrix's own counts, FAULTS_JSON
// = a file for the rows as JSON lines, --test-case="F26*" for one row.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <sys/prctl.h>

#include <cstdio>
#include <cstdlib>

#include "row.hpp"

int main(int argc, char** argv)
{
    // What a host that was killed leaves behind comes to this process, which sees then what lives and what is a zombie.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    doctest::Context context(argc, argv);
    const int code = context.run();
    std::string json;
    std::puts(dumbwaiter::test::fault_table(json).c_str());
    if (const char* const file = std::getenv("FAULTS_JSON")) {
        if (std::FILE* const out = std::fopen(file, "w")) {
            std::fputs(json.c_str(), out);
            std::fclose(out);
        }
    }
    return code;
}
