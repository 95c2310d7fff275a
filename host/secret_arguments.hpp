// SPDX-License-Identifier: BSD-3-Clause
//
// The arguments of one invocation with its secrets in them, and what keeps them out of texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "call.hpp"
#include "manifest.hpp"

namespace dumbwaiter {

// Reused by a worker from invocation to invocation. [call-thread], but for hide() and what calls it, which are
// [any-thread] between two resolve().
class SecretArguments {
public:
    // Looks the secrets of the function up; without any, costs nothing. A failure names the argument and the source.
    Status resolve(const FunctionSpec& spec);

    // What the call is to see: those of the manifest where there are no secrets. Valid until the next resolve().
    const Document& args() const { return *args_; }
    const Document& kwargs() const { return *kwargs_; }

    bool has_any() const { return !texts_.empty(); }
    std::string hide(std::string text) const;

private:
    const Document* args_ = nullptr;
    const Document* kwargs_ = nullptr;
    Document own_args_, own_kwargs_;
    std::vector<std::string> texts_;
};

// Passes on what a call asks for, and keeps its secrets out of what it logs.
class DiscreetServices : public CallServices {
public:
    DiscreetServices(CallServices& services, const SecretArguments& secrets) : services_(services), secrets_(secrets) {}

    Expected<Document> read(std::string_view name) override { return services_.read(name); }
    void log(std::string_view function, uint32_t level, std::string_view text) override;

private:
    CallServices& services_;
    const SecretArguments& secrets_;
};

}  // namespace dumbwaiter
