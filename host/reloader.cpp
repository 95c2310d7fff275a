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
#include "file_identity.hpp"
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

Reloader::Reloader(Parts parts, size_t children) : parts_(std::move(parts)), store_(identity_of(parts_.store.folder()))
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
    auto planner =
        Planner::start(parts_.spawner, parts_.manifest, nobody_asked() ? parts_.hung : std::vector<std::string>());
    if (!planner) {
        refuse(planner.error());
        under_way_.clear();
        tried_again_ = false;
        return;
    }
    planner_ = std::move(*planner);
}

bool Reloader::nobody_asked() const
{
    return std::ranges::all_of(under_way_, &Request::by_itself);
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
    // It goes with a spawner that is killed; another one can look.
    if (!checked && !std::exchange(tried_again_, true)) return try_again();
    tried_again_ = false;
    if (!checked) {
        refuse(checked.error());
    } else {
        finish(std::move(*checked));
    }
    planner_.reset();
    under_way_.clear();
    if (!waiting_.empty()) begin();
}

void Reloader::try_again()
{
    planner_.reset();
    waiting_.insert(waiting_.begin(), std::make_move_iterator(under_way_.begin()),
                    std::make_move_iterator(under_way_.end()));
    under_way_.clear();
    begin();
}

void Reloader::refuse(const Error& error)
{
    refuse(error.message + "\n");
}

void Reloader::refuse(const std::string& said)
{
    note_fault(said, "refused; what ran before runs on");
    answer(JsonObject().integer("code", DW_MISUSE).text("problems", said).finish());
}

void Reloader::note_fault(const std::string& said, std::string_view sentence)
{
    fault_ = said.substr(0, said.find('\n'));
    // The same fault met again by the watcher is no news.
    if (std::exchange(told_, said) == said || said.empty()) return;
    log(LogLevel::kError, "reload", sentence, {{"error", fault_}});
}

// What the store and the threads are made with stands as long as the host runs.
std::vector<Problem> Reloader::what_cannot_change(const Manifest& fresh) const
{
    // One that could not be read says nothing of a store.
    const bool says_where = !parts_.store_is_given && !fresh.settings.store.empty();
    if (!says_where) return {};
    if (fresh.settings.store == parts_.settings.store) {
        if (identity_of(fresh.settings.store) == store_) return {};
        return {{{},
                 fmt::format("store: {} is no longer the folder that the host writes: restart it",
                             fresh.settings.store.string())}};
    }
    return {{{},
             fmt::format("store: the host writes {} as long as it runs; restart it to move to {}",
                         parts_.settings.store.string(), fresh.settings.store.string())}};
}

void Reloader::add_what_stands_against(Checked& checked) const
{
    std::ranges::move(what_cannot_change(checked.manifest), std::back_inserter(checked.problems));
    if (nobody_asked()) return;
    std::erase_if(checked.problems, [](const Problem& one) { return one.kind == Problem::Kind::kNothingToRun; });
}

// What is at fault is a library that was replaced, and nothing that is new needs it.
bool Reloader::libraries_can_stay(Change& change) const
{
    const Checked& checked = change.checked;
    if (checked.has(Problem::Kind::kNothingToRun)) return false;
    const auto missed = parts_.libraries.missed(change.manifest(), checked.resolution, change.difference);
    return std::ranges::none_of(checked.problems, [&](const Problem& one) { return missed.contains(one.library); });
}

void Reloader::finish(Checked&& checked)
{
    add_what_stands_against(checked);
    const auto said = [&](const Checked& what) {
        return format_problems(parts_.manifest, what.problems, what.manifest.parts);
    };
    if (!checked.can_be_taken_over()) return refuse(said(checked));
    parts_.hung = checked.autoload.hung;  // also where the rest is refused
    keep_out_of_output(checked.manifest);
    parts_.libraries.stand_in(checked.manifest, checked.resolution);
    Change change(std::move(checked), parts_.settings);
    change.compare(parts_.roster, parts_.codes);
    if (!change.checked.problems.empty()) {
        change.refused.insert(0, said(change.checked));
        if (!libraries_can_stay(change)) return refuse(change.refused);
    }
    change.is_dry = std::ranges::all_of(under_way_, &Request::is_dry);
    if (!change.is_dry) {
        change.gather(parts_.roster);
        if (const Status readable = read_state(change); !readable) return refuse(readable.error());
        const Status entered = enter_folder(change.manifest().folder);
        if (!entered) return refuse(within(parts_.manifest.string(), entered.error()).error());
        if (const Status opened = open_code(change); !opened) return refuse(opened.error());
        parts_.libraries = LibrariesInUse(change.manifest(), change.checked.resolution);
        make_children(change);
        enroll(change);
        make_adoptions(change);
        let_go(change);
        note_fault(change.refused, "a library is refused; the one before runs on");
    }
    take_autoload(change);
    tell(change);
}

// Those that stood there before are no news.
void Reloader::take_autoload(Change& change)
{
    AutoloadFaults faults(change.manifest(), parts_.manifest, change.checked.autoload.faults);
    change.autoload_news = parts_.autoload_faults.news(faults);
    change.autoload_standing = faults.lines().size() - change.autoload_news.size();
    if (change.is_dry) return;
    for (const std::string& line : change.autoload_news) log(LogLevel::kWarning, "autoload", line);
    parts_.autoload_faults = std::move(faults);
}

std::string Reloader::summary(const Change& change) const
{
    JsonObject json;
    json.integer("code", DW_OK).boolean("dry", change.is_dry);
    add_names(json, "started", change.started);
    add_names(json, "stopped", change.stopped);
    add_names(json, "changed", change.changed);
    std::vector<std::string> warnings = change.warnings;
    for (const std::string& line : change.autoload_news) warnings.push_back("autoload: " + line);
    add_names(json, "warnings", warnings);
    json.integer("standing", static_cast<int64_t>(change.autoload_standing));
    if (!change.refused.empty()) json.text("refused", change.refused);
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
    if (!change.is_dry) log_news(change);
    answer(summary(change));
}

// A warning that stood before is no news to the log, whoever asks is told it again.
void Reloader::log_news(const Change& change)
{
    for (const std::string& warning : change.warnings) {
        if (std::ranges::find(parts_.warnings, warning) != parts_.warnings.end()) continue;
        log(LogLevel::kWarning, "reload", warning);
    }
    parts_.warnings = change.warnings;
}

// Whoever is answered finds the outcome in the status.
void Reloader::answer(const std::string& line)
{
    parts_.beat();
    for (const Request& request : under_way_) {
        if (request.answer) parts_.sink.when_committed([answer = request.answer, line] { answer(line); });
    }
}

}  // namespace dumbwaiter
