// SPDX-License-Identifier: BSD-3-Clause
#include "child.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
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

#include "child_limits.hpp"
#include "child_services.hpp"
#include "control.hpp"
#include "cpu_timer.hpp"
#include "death_note.hpp"
#include "descriptor_limit.hpp"
#include "invocation.hpp"
#include "kept_descriptors.hpp"
#include "library.hpp"
#include "sandbox.hpp"
#include "serializer_numbers.hpp"
#include "service_environment.hpp"
#include "worker_end.hpp"

namespace dumbwaiter {

namespace {

using control::Kind;

constexpr int kSocket = 3;
constexpr int kMemory = 4;  // until it is mapped

// The copies of the libraries that the child is to open, and of those that their values may need.
std::vector<int> copies(const ChildOrders& orders)
{
    std::vector<int> kept;
    for (const auto& [id, library] : orders.resolution.libraries) {
        for (const int descriptor : descriptors_of(*library)) kept.push_back(descriptor);
    }
    return kept;
}

// Takes the place of 0, 1, 2 and 3, whatever numbers the descriptors have.
void keep_only(const ChildOrders& orders)
{
    const int nothing = ::open("/dev/null", O_RDONLY);
    const int wanted[] = {nothing, orders.out, orders.err, orders.socket, orders.memory};
    int out_of_the_way[5];
    for (int i = 0; i < 5; ++i) out_of_the_way[i] = ::fcntl(wanted[i], F_DUPFD, 64);
    for (int i = 0; i < 5; ++i) ::dup2(out_of_the_way[i], i);
    close_all_but(kMemory + 1, copies(orders));
    ::fcntl(kSocket, F_SETFD, FD_CLOEXEC);
}

// Functions of one group have the same limits: the manifest is checked for that.
const std::string& library_of(const ChildOrders& orders)
{
    return orders.manifest.functions[orders.plan.functions.front()]->library;
}

// Of a new thread.
uint64_t stack_size()
{
    pthread_attr_t attributes;
    size_t size = size_t{8} << 20;
    if (::pthread_getattr_default_np(&attributes) == 0) {
        ::pthread_attr_getstacksize(&attributes, &size);
        ::pthread_attr_destroy(&attributes);
    }
    return size;
}

void become_a_child(const ChildOrders& orders)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != orders.parent) ::_exit(1);  // it died before the line above
    ::setsid();                                    // out of reach of the terminal's Ctrl-C
    // What its functions leave behind stays below it, and is found when it ends.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_NAME, "dumbwaiter-job");
    restore_descriptor_limit();
    leave_service_environment();
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setvbuf(stdout, nullptr, _IOLBF, 0);
}

class Child {
public:
    Child(const ChildOrders& orders, channel::Memory& memory, ChildLimits& limits)
        : manifest_(orders.manifest),
          memory_(memory),
          limits_(limits),
          library_limits_(limits_of(orders.manifest.settings, library_of(orders))),
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
        CpuTimer cpu_timer;  // made and used by its thread
        std::mutex mutex;
        bool is_running = false;  // guarded by mutex
        Returned returned;        // its thread's: kept for the memory that it has
    };

    static Registry open(const ChildOrders& orders);
    void add_worker(uint32_t index);
    void work(Worker& worker);
    void run(Worker& worker, uint32_t cell, const Job& job);
    void cancel();
    [[noreturn]] void end();

    const Manifest& manifest_;
    channel::Memory& memory_;
    ChildLimits& limits_;
    const Limits library_limits_;
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
    Registry registry = open_registry(orders.manifest, orders.resolution,
                                      [&](const FunctionSpec&, size_t index) { return wanted[index]; });
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
        if (const Status raised = limits_.add_stack_allowance(stack_size()); !raised) {
            throw std::system_error(EAGAIN, std::system_category(), raised.error().message);
        }
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
    Returned& returned = worker.returned;
    if (library_limits_.cpu_seconds) (void)worker.cpu_timer.begin(*library_limits_.cpu_seconds);
    worker.invocation.run(manifest_.functions[job.id], *registry_.functions[job.id], instance->second, job, returned);
    if (library_limits_.cpu_seconds) worker.cpu_timer.end();
    if (returned.outcome != Outcome::kOk) returned.bytes += limit_note(returned.bytes, library_limits_);
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
            Invocation::destroy(*registry_.functions[id], instance);
        } catch (...) {
            services_.log(manifest_.functions[id].name, DW_LOG_WARNING, "its destroy threw an exception");
        }
    }
    std::fflush(nullptr);
    ::_exit(0);
}

std::vector<NamedCode> named_code(const ChildOrders& orders, const Registry& registry)
{
    std::vector<NamedCode> names;
    for (const FunctionId id : orders.plan.functions) {
        names.push_back({reinterpret_cast<const void*>(registry.functions[id]->info.run),
                         std::filesystem::path(orders.resolution.file_of(orders.resolution.bindings[id]).path)
                             .filename()
                             .string()});
    }
    return names;
}

// Before any code of the library runs.
Status confine(const ChildOrders& orders, ChildLimits& limits)
{
    if (Status applied = limits.apply(); !applied) return applied;
    const Sandbox sandbox = sandbox_of(orders.manifest.settings, library_of(orders));
    if (!sandbox.strict) return {};
    std::vector<std::filesystem::path> folders;
    for (const auto& [id, library] : orders.resolution.libraries) folders.push_back(library->file.parent_path());
    return enter_sandbox(sandbox, folders);
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
    auto memory = channel::Memory::map(kMemory, orders.layout);
    ::close(kMemory);
    if (!memory) fail(memory.error().message);
    install_death_notes();
    // For ever, all of it: threads of the child end with it.
    auto& limits = *new ChildLimits(limits_of(orders.manifest.settings, library_of(orders)));
    if (const Status confined = confine(orders, limits); !confined) fail(confined.error().message);
    auto& child = *new Child(orders, *memory, limits);
    ::close_range(kSocket + 1, ~0U, 0);
    if (const std::string fault = child.fault(); !fault.empty()) fail(fault);
    note_modules(memory->front(), named_code(orders, child.registry()));
    note_exits();
    control::send(kSocket, {.kind = Kind::kReady, .name = {}, .text = {}});
    child.obey();
}

}  // namespace dumbwaiter
