// SPDX-License-Identifier: BSD-3-Clause
#include "reloader.hpp"

#include <dumbwaiter/codes.h>
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "clock.hpp"
#include "control_request.hpp"
#include "json_object.hpp"
#include "log.hpp"
#include "reload_change.hpp"
#include "secret_output.hpp"

namespace dumbwaiter {

namespace {

void add_names(JsonObject& json, std::string_view key, const std::vector<std::string>& names)
{
    Builder& field = json.field(key);
    field.open_array();
    for (const std::string& name : names) field.put_str(name);
    field.close();
}

}  // namespace

Reloader::Reloader(Parts parts, size_t children) : parts_(std::move(parts))
{
    for (uint32_t lane = 1; lane <= children; ++lane) lanes_.insert(lane);
}

void Reloader::ask(Request request)
{
    waiting_.push_back(std::move(request));
    if (!planner_) begin();
}

void Reloader::begin()
{
    under_way_ = std::exchange(waiting_, {});
    if (parts_.runs_once) {
        refuse("a host that runs everything once (--once) takes over nothing\n");
        return under_way_.clear();
    }
    auto planner = Planner::start(parts_.spawner, parts_.manifest);
    if (!planner) return refuse(planner.error());
    planner_ = std::move(*planner);
}

bool Reloader::is_ready() const
{
    pollfd source{descriptor(), POLLIN, 0};
    return planner_ && ::poll(&source, 1, 0) > 0;
}

void Reloader::tend()
{
    if (!planner_) return;
    auto checked = planner_->result(parts_.manifest);
    if (!checked) {
        refuse(checked.error());
    } else {
        finish(std::move(*checked));
    }
    planner_.reset();
    under_way_.clear();
    if (!waiting_.empty()) begin();
}

void Reloader::refuse(const Error& error)
{
    refuse(error.message + "\n");
}

void Reloader::refuse(const std::string& said)
{
    fault_ = said.substr(0, said.find('\n'));
    // The same fault met again by the watcher is no news.
    if (std::exchange(told_, said) != said) {
        log(LogLevel::kError, "reload", "refused; what ran before runs on", {{"error", fault_}});
    }
    for (const Request& request : under_way_) {
        if (!request.answer) continue;
        request.answer(JsonObject().integer("code", DW_MISUSE).text("problems", said).finish());
    }
}

// What the store and the threads are made with stands as long as the host runs.
std::vector<Problem> Reloader::what_cannot_change(const Manifest& fresh) const
{
    if (parts_.store_is_given || fresh.settings.store == parts_.settings.store) return {};
    return {{{},
             fmt::format("store: the host writes {} as long as it runs; restart it to move to {}",
                         parts_.settings.store.string(), fresh.settings.store.string())}};
}

void Reloader::finish(Checked&& checked)
{
    std::ranges::move(what_cannot_change(checked.manifest), std::back_inserter(checked.problems));
    if (!checked.problems.empty())
        return refuse(format_problems(parts_.manifest, checked.problems, checked.manifest.parts));
    keep_out_of_output(checked.manifest);
    Change change(std::move(checked), parts_.settings);
    change.compare(parts_.roster, parts_.codes);
    change.is_dry = std::ranges::all_of(under_way_, &Request::is_dry);
    if (!change.is_dry) {
        change.gather(parts_.roster);
        if (const Status readable = read_state(change); !readable) return refuse(readable.error());
        if (const Status opened = open_code(change); !opened) return refuse(opened.error());
        make_children(change);
        enroll(change);
        make_adoptions(change);
        let_go(change);
        fault_.clear();
        told_.clear();
        take_autoload_faults(change.checked.autoload.faults);
    }
    tell(change);
}

// Those that stood there before are no news.
void Reloader::take_autoload_faults(const std::vector<std::string>& faults)
{
    for (const std::string& fault : faults) {
        if (std::ranges::count(parts_.autoload_faults, fault) == 0) log(LogLevel::kWarning, "autoload", fault);
    }
    parts_.autoload_faults = faults;
}

std::string Reloader::summary(const Change& change) const
{
    JsonObject json;
    json.integer("code", DW_OK).boolean("dry", change.is_dry);
    add_names(json, "started", change.started);
    add_names(json, "stopped", change.stopped);
    add_names(json, "changed", change.changed);
    std::vector<std::string> warnings = change.warnings;
    for (const std::string& fault : change.checked.autoload.faults) warnings.push_back("autoload: " + fault);
    add_names(json, "warnings", warnings);
    return json.finish();
}

void Reloader::tell(const Change& change)
{
    if (!change.is_dry && !change.difference.is_none()) {
        log(LogLevel::kInfo, "reload", "the manifest is taken over",
            {{"started", change.started.size()},
             {"stopped", change.stopped.size()},
             {"changed", change.changed.size()}});
    }
    for (const std::string& warning : change.warnings) log(LogLevel::kWarning, "reload", warning);
    const std::string said = summary(change);
    for (const Request& request : under_way_) {
        if (request.answer) parts_.sink.when_committed([answer = request.answer, said] { answer(said); });
    }
}

}  // namespace dumbwaiter
