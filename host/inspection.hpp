// SPDX-License-Identifier: BSD-3-Clause
//
// A library tried out in a child process that is thrown away, so that what its constructors do hurts nobody.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "sealed_library.hpp"
#include "status.hpp"

namespace dumbwaiter {

struct InspectedFunction {
    std::string symbol;
    std::string fault;  // why this host refuses it; "" = it takes it
    // Empty where the library could not be loaded.
    std::string summary, args_schema, result_schema;
    uint32_t flags = 0, built_minor = 0, required_minor = 0;
    int64_t suggested_frequency_ns = 0;
};

struct InspectedSerializer {
    std::string symbol;
    std::string fault;                // as above
    std::string summary, media_type;  // empty where the library could not be loaded
};

struct Inspection {
    std::vector<InspectedFunction> functions;
    std::vector<InspectedSerializer> serializers;
    std::string load_fault;  // why it cannot be loaded ("... died of SIGABRT while it was loaded"); "" = it can
    bool has_hung = false;   // so it cost kTrialTime to find that out
};

// What its ELF file says alone.
Inspection list_library(const SealedLibrary& library);

inline constexpr std::chrono::seconds kTrialTime{10};

// That it hung, as a load_fault has it.
std::string hang_fault(const SealedLibrary& library);

// With what it says itself. Forks: call it before the process has threads. Errors are those of the system.
Expected<Inspection> inspect_library(const SealedLibrary& library);

}  // namespace dumbwaiter
