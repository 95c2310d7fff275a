// SPDX-License-Identifier: BSD-3-Clause
#include "steering.hpp"

#include <dumbwaiter/codes.h>
#include <unistd.h>

#include <utility>

#include "clock.hpp"
#include "log.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {

using Kind = ControlRequest::Kind;

Steering::Steering(const Parts& parts, std::function<void()> wake) : parts_(parts), wake_(std::move(wake)) {}

Status Steering::listen(const std::string& group)
{
    auto socket =
        ControlSocket::open(parts_.store.folder(), group,
                            [this](uid_t peer, std::string_view line, Answer answer) { take(peer, line, answer); });
    if (!socket) return std::unexpected(socket.error());
    socket_ = std::move(*socket);
    return {};
}

// On the socket's thread.
void Steering::take(uid_t peer, std::string_view line, const Answer& answer)
{
    auto request = parse_control_request(line);
    if (!request) return answer(control_answer(request.error()));
    if (!may_ask(*request, peer, ::geteuid())) {
        return answer(control_answer(DW_DENIED,
                                     "this is for the host's own user and root; others may read, and ask "
                                     "for a value that is fresh enough"));
    }
    {
        const std::lock_guard lock(mutex_);
        asked_.push_back({std::move(*request), answer});
    }
    wake_();
}

void Steering::serve()
{
    std::vector<Asked> asked;
    {
        const std::lock_guard lock(mutex_);
        asked.swap(asked_);
    }
    for (const Asked& one : asked) carry_out(one.request, one.answer);
}

void Steering::carry_out(const ControlRequest& request, const Answer& answer)
{
    if (request.kind == Kind::kStatus) return answer(parts_.status());
    if (request.kind == Kind::kReload) return parts_.reloader.ask({.is_dry = request.is_dry, .answer = answer});
    if (request.kind == Kind::kForget) return forget(request.name, answer);
    const auto id = find(request.name);
    if (!id) return answer(control_answer(id.error()));
    switch (request.kind) {
        case Kind::kPause: return pause(*id, true, answer);
        case Kind::kResume: return pause(*id, false, answer);
        default: return refresh(*id, request, answer);
    }
}

Expected<FunctionId> Steering::find(const std::string& name) const
{
    if (const auto id = parts_.roster.find_in_manifest(name)) return *id;
    std::vector<std::string_view> names;
    for (FunctionId id = 0; id < parts_.roster.size(); ++id) {
        if (parts_.roster[id].is_in_manifest) names.push_back(parts_.roster.name(id));
    }
    return failure(Code::kNotFound,
                   "there is no function \"" + name + "\" in the host's manifest" + did_you_mean(name, names));
}

int64_t Steering::finished_in_store(const std::string& name) const
{
    const auto state = parts_.store.state_of(name);
    return state ? state->finished : 0;
}

void Steering::refresh(FunctionId id, const ControlRequest& request, const Answer& answer)
{
    if (!parts_.roster[id].spec->terms->enabled) {
        return answer(control_answer(DW_ERROR, "\"" + request.name + "\" has enabled = false in the manifest"));
    }
    Dispatcher::Wish wish;
    if (request.kind == Kind::kFresh) {
        wish.not_before = wall_ns() - request.max_age_ns;
        wish.finished = finished_in_store(request.name);
    }
    parts_.dispatcher.refresh(id, wish, [this, answer](const Refreshes::Outcome& outcome) {
        answer_when_committed(answer,
                              outcome.is_value ? control_answer(DW_OK) : control_answer(DW_ERROR, outcome.fault));
    });
}

void Steering::pause(FunctionId id, bool is_paused, const Answer& answer)
{
    const std::string& name = parts_.roster.name(id);
    is_paused ? parts_.dispatcher.pause(id) : parts_.dispatcher.resume(id);
    const Standing before = parts_.documents.standing(id);
    const bool was_held = before.is_paused || before.is_quarantined || before.is_off;
    if (is_paused ? !before.is_paused : was_held) {
        log(LogLevel::kInfo, "function", is_paused ? "is paused" : "goes on", {{"name", name}});
    }
    if (before.is_paused != is_paused) parts_.documents.set_paused(id, is_paused);
    if (!is_paused) parts_.documents.set_held(id, false, false);
    parts_.beat();  // whoever is answered may look at the status
    answer_when_committed(answer, control_answer(DW_OK));
}

void Steering::forget(const std::string& name, const Answer& answer)
{
    // What a reload says of the name would be removed with it.
    if (parts_.reloader.is_under_way()) {
        return answer(control_answer(DW_ERROR, "a reload is under way; forget it again when that has ended"));
    }
    if (parts_.roster.find_in_manifest(name)) {
        return answer(control_answer(
            DW_ERROR, "\"" + name +
                          "\" is in the manifest that the host runs; take it out first (and have it taken over, "
                          "by `dumbwaiter reload`), then its records can be forgotten"));
    }
    const auto remove = [&store = parts_.store, &sink = parts_.sink, name, answer] {
        // The writer's thread is the one that may.
        sink.when_committed([&store, name, answer] {
            const Status forgotten = store.forget(name);
            if (forgotten) log(LogLevel::kInfo, "store", "all records are forgotten", {{"name", name}});
            answer(forgotten ? control_answer(DW_OK) : control_answer(forgotten.error()));
        });
    };
    const auto id = parts_.roster.find(name);
    if (!id) return remove();
    parts_.documents.forget(*id);
    parts_.dispatcher.forget(*id, [remove, name, answer](bool is_done) {
        if (is_done) return remove();
        answer(control_answer(DW_ERROR, "\"" + name + "\" still runs; try again when it has ended"));
    });
}

void Steering::answer_when_committed(const Answer& answer, std::string line)
{
    parts_.sink.when_committed([answer, line = std::move(line)] { answer(line); });
}

}  // namespace dumbwaiter
