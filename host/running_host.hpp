// SPDX-License-Identifier: BSD-3-Clause
//
// A host at work: the parts between the manifest and the store, from the first due time to the last commit.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "autoload_faults.hpp"
#include "dispatcher.hpp"
#include "file_watcher.hpp"
#include "function_documents.hpp"
#include "host.hpp"
#include "isolation/lanes.hpp"
#include "ledger.hpp"
#include "manifest.hpp"
#include "pulse.hpp"
#include "registry.hpp"
#include "reloader.hpp"
#include "remembered.hpp"
#include "roster.hpp"
#include "service_manager.hpp"
#include "signals.hpp"
#include "sink.hpp"
#include "start_plan.hpp"
#include "steering.hpp"
#include "store.hpp"
#include "store_services.hpp"
#include "workforce.hpp"

namespace dumbwaiter {

class RunningHost {
public:
    struct Parts {
        Manifest& manifest;
        const Resolution& resolution;
        LanePlan lanes;
        const Registry& registry;
        Store& store;
        std::shared_ptr<Spawner> spawner;
        AutoloadFaults autoload_faults;
        std::vector<std::string> hung;  // as Autoload has it
    };
    // The references outlive it. `signals` is told when everything that was to run has run.
    RunningHost(Parts parts, Signals& signals, const RunOptions& options);

    // Reads what the store remembers, and starts.
    Status start();
    // Until a signal, the end of `once`, or of `stop_after`.
    ExitCode run();

private:
    Expected<std::vector<Remembered>> remember();
    struct Enrolled {
        std::vector<Place> places;
        std::vector<int64_t> phases;
    };
    Expected<Enrolled> enroll();  // makes the roster, and the documents as the store has them
    void make_parts(std::vector<Place> places, Schedule schedule);
    Workforce::Crew crew(std::vector<Place> places);
    void make_steering();
    void watch_files();
    void hold_what_is_paused();
    bool note_changes();  // true: there were some
    void note_troubles(size_t most);
    std::string document(std::string_view state);
    void beat(std::string_view state);
    std::string status_line() const;
    void feed_watchdog(int64_t now);
    bool time_is_up(int64_t now) const;
    bool look_around();
    int64_t next_look() const;
    int wait_for_signal();
    ExitCode stop();
    bool wait_for_workers(int64_t until);
    bool wait_for_commit(int64_t until);
    void heed_second_signal();
    void leave_at_once(ExitCode code, std::string_view why);

    Parts parts_;
    Settings settings_;  // as they are now
    Store& store_;
    Signals& signals_;
    const RunOptions& options_;
    const std::filesystem::path manifest_file_;  // its full path
    const int64_t started_wall_, started_;
    int64_t next_beat_ = 0;

    uint32_t workers_ = 0;
    Functions functions_;
    Codes codes_;
    Numbering numbering_;
    Ledger ledger_;
    Sink sink_;
    StoreServices services_;
    std::unique_ptr<Roster> roster_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::unique_ptr<Workforce> executor_;
    std::unique_ptr<FunctionDocuments> documents_;
    std::unique_ptr<Reloader> reloader_;
    std::unique_ptr<Steering> steering_;
    std::unique_ptr<FileWatcher> watcher_;
    std::atomic<bool> all_done_{false}, spawner_died_{false};
    bool signalled_ = false;

    ServiceManager service_;
    Pulse pulse_;
    int64_t next_feed_ = 0;
    bool told_standstill_ = false;
};

}  // namespace dumbwaiter
