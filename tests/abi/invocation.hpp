// SPDX-License-Identifier: BSD-3-Clause
//
// Runs a plugin's function the way a worker does, without a host around it.
#pragma once

#include <dlfcn.h>
#include <dumbwaiter/plugin.h>

#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "call.hpp"
#include "clock.hpp"
#include "codec.hpp"

namespace dumbwaiter {

// What one invocation left.
struct Left {
    int32_t code = 0;   // what run returned, or the code of a result that breaks the rules
    std::string value;  // JSON, when the code is DW_OK
    std::string text;   // of the report, else
};

// Has one value, that of "previous", and keeps what is logged.
class PreviousValue : public CallServices {
public:
    std::optional<int64_t> previous;

    Expected<Document> read(std::string_view) override
    {
        if (!previous) return failure(Code::kNotFound, "none yet");
        Document document;
        document.append_i64(Type::kI64, *previous);
        return document;
    }
    void log(std::string_view, uint32_t, std::string_view text) override
    {
        const std::lock_guard lock(mutex_);
        logged_ += std::string(text) + "\n";
    }
    std::string logged() const
    {
        const std::lock_guard lock(mutex_);
        return logged_;
    }

private:
    mutable std::mutex mutex_;  // any thread may log
    std::string logged_;
};

// One entry of a manifest: a symbol of a library, its arguments and its state. Throws std::runtime_error if the library
// or the symbol is not there.
class Entry {
public:
    Entry(const std::string& library, const std::string& symbol, const std::string& args = "[]",
          const std::string& kwargs = "{}")
        : library_(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)),
          args_(document_of(args)),
          kwargs_(document_of(kwargs))
    {
        if (library_ == nullptr) throw std::runtime_error(dlerror());
        info_ = static_cast<const dw_function_info*>(dlsym(library_, (symbol + "__dw1").c_str()));
        if (info_ == nullptr) throw std::runtime_error(dlerror());
    }
    ~Entry()
    {
        if (is_created_ && info_->destroy != nullptr) info_->destroy(state_);
        // Not closed: the next entry is to meet the same library.
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    const dw_function_info& info() const { return *info_; }
    Document& args() { return args_; }
    Cancellation& cancellation() { return cancellation_; }
    PreviousValue& services() { return services_; }
    void set_deadline_in(int64_t ns) { patience_ns_ = ns; }  // of each run; 0 = none. Nothing cancels it then

    // An exception of the plugin leaves it.
    Left run()
    {
        if (!is_created_ && info_->create != nullptr) {
            begin();
            const int32_t code = info_->create(&call_, &state_);
            if (code != DW_OK) return {code, "", call_.failure_text()};
        }
        is_created_ = true;
        begin();
        Left left{info_->run(&call_), "", ""};
        if (left.code == DW_OK) left.code = call_.result().finish();
        if (left.code != DW_OK) left.text = call_.failure_text();
        if (left.code == DW_OK) left.value = to_json(call_.result().document());
        return left;
    }

private:
    static Document document_of(const std::string& json)
    {
        auto document = decode(Serializer::kJson, json);
        if (!document) throw std::runtime_error(document.error().message);
        return *document;
    }

    void begin()
    {
        CallContext context;
        context.name = "previous";
        context.sequence = 7;
        context.result_limit = 1 << 20;
        context.args = &args_;
        context.kwargs = &kwargs_;
        context.state = state_;
        if (patience_ns_ != 0) context.deadline_ns = static_cast<uint64_t>(monotonic_ns() + patience_ns_);
        context.services = &services_;
        context.cancellation = &cancellation_;
        call_.begin(context);
    }

    void* library_;
    const dw_function_info* info_ = nullptr;
    Document args_, kwargs_;
    PreviousValue services_;
    Cancellation cancellation_;
    Call call_;
    void* state_ = nullptr;
    bool is_created_ = false;
    int64_t patience_ns_ = 0;
};

inline Left run(const std::string& library, const std::string& symbol, const std::string& args = "[]",
                const std::string& kwargs = "{}")
{
    return Entry(library, symbol, args, kwargs).run();
}

// Of the build tree, given by meson.
inline std::string shipped(const std::string& name)
{
    return std::string(SHIPPED_PLUGINS_DIR) + "/" + name + ".so";
}
inline std::string test_plugin(const std::string& name)
{
    return std::string(TEST_PLUGINS_DIR) + "/" + name + ".so";
}

}  // namespace dumbwaiter
