// SPDX-License-Identifier: BSD-3-Clause
#include "child.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "child_services.hpp"
#include "control.hpp"
#include "death_note.hpp"
#include "invocation.hpp"
#include "library.hpp"
#include "serializer_numbers.hpp"
#include "worker_end.hpp"

namespace dumbwaiter {

namespace {

using control::Kind;

constexpr int kSocket = 3;

// Takes the place of 0, 1, 2 and 3, whatever numbers the descriptors have.
void keep_only(const ChildOrders& orders)
{
    const int nothing = ::open("/dev/null", O_RDONLY);
    const int wanted[] = {nothing, orders.out, orders.err, orders.socket, orders.memory};
    int out_of_the_way[5];
    for (int i = 0; i < 5; ++i) out_of_the_way[i] = ::fcntl(wanted[i], F_DUPFD, 64);
    for (int i = 0; i < 5; ++i) ::dup2(out_of_the_way[i], i);
    ::close_range(5, ~0U, 0);
    ::fcntl(kSocket, F_SETFD, FD_CLOEXEC);
}

void become_a_child(const ChildOrders& orders)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != orders.parent) ::_exit(1);  // it died before the line above
    ::setsid();                                    // out of reach of the terminal's Ctrl-C
    // What its functions leave behind stays below it, and is found when it ends.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_NAME, "dumbwaiter-job");
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setvbuf(stdout, nullptr, _IOLBF, 0);
}

class Child {
public:
    Child(const ChildOrders& orders, channel::Memory& memory)
        : manifest_(orders.manifest),
          memory_(memory),
          registry_(open(orders)),
          services_(kSocket, orders.manifest, registry_)
    {
        for (const FunctionId id : orders.plan.functions) instances_.emplace(id, Instance{});
    }

    // "" or why the library cannot be used.
    std::string fault() const { return registry_.problems.empty() ? "" : registry_.problems.front().message; }
    const Registry& registry() const { return registry_; }

    [[noreturn]] void obey();

private:
    struct Worker {
        Worker(CallServices& services, channel::Memory& memory, uint32_t index)
            : invocation(services), end(memory, index)
        {}
        Invocation invocation;
        channel::WorkerEnd end;
        std::mutex mutex;
        bool is_running = false;  // guarded by mutex
    };

    static Registry open(const ChildOrders& orders);
    void add_worker(uint32_t index);
    void work(Worker& worker);
    void run(Worker& worker, uint32_t cell, const Job& job);
    void cancel();
    [[noreturn]] void end();

    const Manifest& manifest_;
    channel::Memory& memory_;
    Registry registry_;
    ChildServices services_;
    std::unordered_map<FunctionId, Instance> instances_;  // each touched by the worker that runs it
    std::vector<std::unique_ptr<Worker>> workers_;
    std::atomic<bool> cancelled_{false};
};

Registry Child::open(const ChildOrders& orders)
{
    std::vector<bool> wanted(orders.manifest.functions.size(), false);
    for (const FunctionId id : orders.plan.functions) wanted[id] = true;
    Registry registry = open_registry(
        orders.manifest, orders.resolution, [&](const FunctionSpec&, size_t index) { return wanted[index]; });
    use_serializers(orders.manifest, registry);
    return registry;
}

void Child::obey()
{
    while (true) {
        bool gone = false;
        const auto message = control::receive(kSocket, gone);
        if (gone) ::_exit(0);  // the host is
        if (!message) continue;
        switch (message->kind) {
            case Kind::kAddWorker: add_worker(message->worker); break;
            case Kind::kCancel: cancel(); break;
            case Kind::kStack:
                if (message->worker < memory_.layout().workers && sample_stack(memory_.page(message->worker))) {
                    control::send(kSocket, {.kind = Kind::kStands, .worker = message->worker, .name = {}, .text = {}});
                }
                break;
            case Kind::kEnd: end();
            default: break;
        }
    }
}

void Child::add_worker(uint32_t index)
{
    auto worker = std::make_unique<Worker>(services_, memory_, index);
    try {
        std::thread([this, at = worker.get()] { work(*at); }).detach();
    } catch (const std::system_error& error) {
        control::send(kSocket, {.kind = Kind::kNoThread, .worker = index, .name = {}, .text = error.what()});
        return;
    }
    workers_.push_back(std::move(worker));
}

void Child::work(Worker& worker)
{
    const NotedThread noted(worker.end.page());
    ChildServices::attach(worker.end);
    while (true) {
        worker.end.next_parcel([&](uint32_t cell, const Job& job) { run(worker, cell, job); });
    }
}

void Child::run(Worker& worker, uint32_t cell, const Job& job)
{
    const auto instance = instances_.find(job.id);
    if (instance == instances_.end()) ::_exit(1);  // the channel was written by somebody else
    {
        const std::lock_guard lock(worker.mutex);
        worker.invocation.rearm();
        worker.is_running = true;
        if (cancelled_) worker.invocation.cancel();
    }
    Returned returned;
    worker.invocation.run(manifest_.functions[job.id], registry_.functions[job.id], instance->second, job, returned);
    {
        const std::lock_guard lock(worker.mutex);
        worker.is_running = false;
    }
    worker.end.send_result(cell, returned);
}

void Child::cancel()
{
    cancelled_ = true;
    for (const auto& worker : workers_) {
        const std::lock_guard lock(worker->mutex);
        if (worker->is_running) worker->invocation.cancel();
    }
}

// Static destructors do not run: nothing is ever unloaded.
void Child::end()
{
    for (auto& [id, instance] : instances_) {
        try {
            Invocation::destroy(registry_.functions[id], instance);
        } catch (...) {
            services_.log(manifest_.functions[id].name, DW_LOG_WARNING, "its destroy threw an exception");
        }
    }
    std::fflush(nullptr);
    control::send(kSocket, {.kind = Kind::kGone, .name = {}, .text = {}});
    ::_exit(0);
}

std::vector<NamedCode> named_code(const ChildOrders& orders, const Registry& registry)
{
    std::vector<NamedCode> names;
    for (const FunctionId id : orders.plan.functions) {
        names.push_back({reinterpret_cast<const void*>(registry.functions[id].info.run),
                         orders.resolution.bindings[id].library.filename().string()});
    }
    return names;
}

[[noreturn]] void fail(const std::string& why)
{
    control::send(kSocket, {.kind = Kind::kFailed, .name = {}, .text = why});
    ::_exit(1);
}

}  // namespace

void run_child(const ChildOrders& orders)
{
    become_a_child(orders);
    keep_only(orders);
    auto memory = channel::Memory::map(4, orders.layout);
    ::close(4);
    if (!memory) fail(memory.error().message);
    install_death_notes();
    {
        // What a constructor of the library does is put down to the library.
        static Child* const child = new Child(orders, *memory);
        if (const std::string fault = child->fault(); !fault.empty()) fail(fault);
        note_modules(memory->front(), named_code(orders, child->registry()));
        note_exits();
        control::send(kSocket, {.kind = Kind::kReady, .name = {}, .text = {}});
        child->obey();
    }
}

}  // namespace dumbwaiter
