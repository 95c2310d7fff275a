// SPDX-License-Identifier: BSD-3-Clause
#include "host_document.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "clock.hpp"
#include "host_presence.hpp"
#include "json_object.hpp"
#include "own_memory.hpp"
#include "rfc3339.hpp"

namespace dumbwaiter {

namespace {

int64_t resident_bytes()
{
    static const OwnMemory memory;
    const auto resident = memory.resident();
    return resident ? static_cast<int64_t>(resident->bytes) : 0;
}

double cpu_seconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double seconds(int64_t nanoseconds)
{
    return static_cast<double>(nanoseconds) / kSecond;
}

void add_identity(JsonObject& json, const HostFacts& facts)
{
    static const HostIdentity self = this_process();  // once: short of descriptors it could not be read
    json.integer("pid", self.pid)
        .integer("start_time", static_cast<int64_t>(self.start_time))
        .text("boot_id", self.boot_id)
        .integer("pid_namespace", static_cast<int64_t>(self.pid_namespace))
        .text("version", DUMBWAITER_VERSION)
        .text("state", facts.state)
        .text("started", rfc3339(facts.started))
        .integer("boot_offset_ns", facts.dispatcher.wall_offset())
        .text("heartbeat", rfc3339(wall_ns()))
        .real("uptime", seconds(wall_ns() - facts.started))
        .text("manifest", facts.manifest)
        .integer("functions", static_cast<int64_t>(facts.roster.in_manifest()))
        .integer("workers", facts.workers);
    facts.manifest_fault.empty() ? json.null("manifest_fault") : json.text("manifest_fault", facts.manifest_fault);
}

constexpr size_t kMostAutoloadFaults = 50;  // written each second; the log has all of them

void add_autoload(JsonObject& json, const std::vector<std::string>& faults)
{
    Builder& field = json.field("autoload_faults");
    field.open_array();
    for (size_t i = 0; i < std::min(faults.size(), kMostAutoloadFaults); ++i) field.put_str(faults[i]);
    if (faults.size() > kMostAutoloadFaults) {
        field.put_str(fmt::format("and {} more: see the log", faults.size() - kMostAutoloadFaults));
    }
    field.close();
}

void add_counters(JsonObject& json, const HostFacts& facts)
{
    const Counters& counters = facts.ledger.counters();
    const auto count = [](uint64_t value) { return static_cast<int64_t>(value); };
    json.integer("invocations", count(counters.invocations))
        .integer("values", count(counters.values))
        .integer("errors", count(counters.errors))
        .integer("unchanged", count(counters.unchanged))
        .integer("skipped", count(facts.dispatcher.skipped()))
        .integer("retries", count(counters.retries));
}

void add_writer(JsonObject& json, const Sink::Numbers& numbers)
{
    json.integer("pending", static_cast<int64_t>(numbers.pending))
        .integer("commits", static_cast<int64_t>(numbers.commits))
        .integer("commit_failures", static_cast<int64_t>(numbers.failures))
        .integer("dropped", static_cast<int64_t>(numbers.dropped));
    numbers.last_error.empty() ? json.null("last_commit_error") : json.text("last_commit_error", numbers.last_error);
}

void add_lateness(JsonObject& json, const Lateness& lateness)
{
    Builder& field = json.field("lateness");
    field.open_map();
    for (const auto& [key, value] :
         {std::pair{"p50", lateness.quantile(0.50)}, {"p99", lateness.quantile(0.99)}, {"max", lateness.most()}}) {
        field.key(key);
        field.put_f64(seconds(value));
    }
    field.close();
}

void add_stuck(JsonObject& json, const HostFacts& facts)
{
    Builder& field = json.field("stuck");
    field.open_array();
    for (const Stuck& stuck : facts.executor.stuck()) {
        field.open_map();
        field.key("name");
        field.put_str(facts.roster.name(stuck.id));
        field.key("seconds");
        field.put_f64(seconds(stuck.running_ns));
        field.close();
    }
    field.close();
}

// How many, and the names of the first few: a beat is written each second, and all of them may fail at once.
constexpr size_t kMostNames = 10;

void add_failing(JsonObject& json, const HostFacts& facts)
{
    const Troubles& troubles = facts.dispatcher.troubles();
    json.integer("failing", static_cast<int64_t>(troubles.failing()));
    Builder& field = json.field("failing_functions");
    field.open_array();
    for (const Troubles::Change& one : troubles.failing(kMostNames)) {
        field.open_map();
        field.key("name");
        field.put_str(facts.roster.name(one.id));
        field.key("failures_in_row");
        field.put_i64(static_cast<int64_t>(one.now.failures_in_row));
        field.close();
    }
    field.close();
}

void add_held(JsonObject& json, const HostFacts& facts, const std::string& key, const std::set<FunctionId>& ids)
{
    json.integer(key, static_cast<int64_t>(ids.size()));
    Builder& field = json.field(key + "_functions");
    field.open_array();
    size_t left = kMostNames;
    for (auto id = ids.begin(); id != ids.end() && left > 0; ++id, --left) {
        field.put_str(facts.roster.name(*id));
    }
    field.close();
}

void add_troubles(JsonObject& json, const HostFacts& facts)
{
    const FunctionDocuments::Held& held = facts.documents.held();
    add_stuck(json, facts);
    add_failing(json, facts);
    add_held(json, facts, "quarantined", held.quarantined);
    add_held(json, facts, "off", held.off);
    add_held(json, facts, "paused", held.paused);
}

void add_children(JsonObject& json, const HostFacts& facts)
{
    Builder& field = json.field("children");
    field.open_array();
    for (const ChildFacts& child : facts.executor.children()) {
        field.open_map();
        field.key("library");
        field.put_str(child.name);
        field.key("pid");
        child.pid == 0 ? field.put_null() : field.put_i64(child.pid);
        field.key("restarts");
        field.put_i64(static_cast<int64_t>(child.restarts));
        field.key("quarantined");
        field.put_bool(child.is_away);
        field.close();
    }
    field.close();
}

void add_readers(JsonObject& json, Store& store)
{
    Builder& field = json.field("readers");
    field.open_array();
    for (const Store::Reader& reader : store.readers()) {
        field.open_map();
        field.key("pid");
        field.put_i64(reader.pid);
        field.key("lag");
        field.put_i64(static_cast<int64_t>(reader.lag));
        field.close();
    }
    field.close();
}

}  // namespace

std::string host_document(const HostFacts& facts)
{
    JsonObject json;
    add_identity(json, facts);
    add_autoload(json, facts.autoload_faults);
    json.integer("running", facts.executor.running());
    add_troubles(json, facts);
    json.integer("lost_threads", facts.executor.lost_threads());
    add_children(json, facts);
    add_counters(json, facts);
    add_writer(json, facts.sink.numbers());
    add_lateness(json, facts.dispatcher.lateness());
    json.integer("rss", resident_bytes()).real("cpu", cpu_seconds());
    add_readers(json, facts.store);
    return json.finish();
}

}  // namespace dumbwaiter
