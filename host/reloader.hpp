// SPDX-License-Identifier: BSD-3-Clause
//
// A changed manifest, or a changed library, taken over while the host runs: looked at aside, then swapped in as a
// whole; one that is at fault changes nothing. The main thread's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "autoload_faults.hpp"
#include "dispatcher.hpp"
#include "file_identity.hpp"
#include "function_documents.hpp"
#include "functions.hpp"
#include "isolation/lanes.hpp"
#include "ledger.hpp"
#include "libraries_in_use.hpp"
#include "manifest_check.hpp"
#include "planner.hpp"
#include "registry.hpp"
#include "roster.hpp"
#include "sink.hpp"
#include "store.hpp"
#include "store_services.hpp"
#include "workforce.hpp"

namespace dumbwaiter {

class Reloader {
public:
    // The references outlive it.
    struct Parts {
        std::filesystem::path manifest;  // its full path
        bool store_is_given;             // by the command line, whatever the manifest says
        bool runs_once;                  // and takes over nothing
        Settings& settings;
        Functions& functions;
        Roster& roster;
        Codes& codes;
        Numbering& numbering;
        FunctionDocuments& documents;
        Ledger& ledger;
        Dispatcher& dispatcher;
        Workforce& workforce;
        Sink& sink;
        Store& store;
        StoreServices& services;
        Spawner& spawner;
        LibrariesInUse libraries;
        AutoloadFaults autoload_faults;     // as they are now
        std::vector<std::string> warnings;  // those that the log has told and that stand
        std::vector<std::string> hung;      // as Autoload has it; tried again by who asks only
        std::function<void()> beat;         // puts #host, with the fault, into the store ahead of its second
    };
    Reloader(Parts parts, size_t children);

    struct Request {
        bool is_dry = false;     // says what would change, and changes nothing
        bool by_itself = false;  // nobody asked but the watcher: a manifest with nothing to run is an unfinished one
        std::function<void(std::string line)> answer{};
    };
    // Done by tend(), as soon as the look at the manifest is over; what is asked meanwhile gets a look of its own.
    void ask(Request request);
    void tend();
    // Readable when tend() has something to do; negative: nothing is under way.
    int descriptor() const { return planner_ ? planner_->descriptor() : -1; }
    bool is_ready() const;
    bool is_under_way() const { return planner_.has_value(); }
    // Why what the manifest says now does not run, or not all of it; "" = it does.
    const std::string& fault() const { return fault_; }
    const AutoloadFaults& autoload_faults() const { return parts_.autoload_faults; }

private:
    struct Change;
    void begin();
    bool nobody_asked() const;
    void try_again();
    void finish(Checked&& checked);
    void refuse(const std::string& said);  // lines
    void refuse(const Error& error);
    void add_what_stands_against(Checked& checked) const;
    std::vector<Problem> what_cannot_change(const Manifest& fresh) const;
    bool libraries_can_stay(Change& change) const;
    void note_fault(const std::string& said, std::string_view sentence);
    Status read_state(Change& change);
    Status open_code(Change& change);
    void make_children(Change& change);
    NameState last_before_change(const std::string& name) const;
    void enroll(Change& change);
    void make_adoptions(Change& change);
    void let_go(Change& change);
    void look_again_when_idle(Dispatcher::Adoption& adoption);
    void take_autoload(Change& change);
    void tell(const Change& change);
    void log_news(const Change& change);
    std::string summary(const Change& change) const;
    void answer(const std::string& line);

    Parts parts_;
    const FileIdentity store_;  // of its folder
    std::set<uint32_t> lanes_;  // of children that are not retired
    std::vector<Request> waiting_, under_way_;
    std::optional<Planner> planner_;
    bool tried_again_ = false;
    std::string fault_;
    std::string told_;  // the last problems that were logged
};

}  // namespace dumbwaiter
