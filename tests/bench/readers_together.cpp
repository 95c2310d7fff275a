// SPDX-License-Identifier: BSD-3-Clause
//
// S6: a reader beside a writer that commits without pause, and two readers at once, each beside the same reader alone.
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "filled_store.hpp"
#include "harness.hpp"
#include "names.hpp"
#include "our_reader.hpp"

namespace {

constexpr size_t kReads = 50'000;  // a turn

// A process on the other core, stopped while it is not its turn.
class Neighbour {
public:
    explicit Neighbour(const std::vector<std::string>& command) : pid_(fork())
    {
        if (pid_ == 0) run(command);
        usleep(200'000);  // until it is at it
        rest();
    }
    ~Neighbour()
    {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    Neighbour(const Neighbour&) = delete;
    Neighbour& operator=(const Neighbour&) = delete;
    void work() const
    {
        kill(pid_, SIGCONT);
        usleep(1'000);
    }
    void rest() const
    {
        kill(pid_, SIGSTOP);
        usleep(1'000);
    }

private:
    [[noreturn]] static void run(const std::vector<std::string>& command)
    {
        bench::pin_to_core(1);
        std::vector<char*> arguments;
        for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    const pid_t pid_;
};

bench::Pair beside(const Neighbour& neighbour, bench::OurReader& reader, const std::vector<std::string>& names,
                   int rounds)
{
    bench::Walk walk(names);
    const auto reads = [&] { return bench::each_ns(kReads, [&](size_t) { reader.read(walk.next()); }); };
    const auto together = [&] {
        neighbour.work();
        const double cost = reads();
        neighbour.rest();
        return cost;
    };
    return bench::in_turn(rounds, together, reads);
}

// The second reader: this program again.
int read_for_ever(const char* store, size_t count)
{
    const auto names = bench::shuffled(bench::make_names(count));
    bench::OurReader reader(store);
    for (bench::Walk walk(names);;) reader.read(walk.next());
}

}  // namespace

int main(int argc, char** argv)
{
    constexpr size_t kNames = 100'000;
    if (argc == 3 && std::string(argv[1]) == "--read") return read_for_ever(argv[2], kNames);
    const int rounds = bench::is_quick(argc, argv) ? 21 : 101;
    const bench::Folder folder;
    const bench::FilledStore store(folder, kNames, 64);
    const auto names = bench::shuffled(bench::make_names(kNames));
    bench::pin_to_core(0);
    bench::OurReader reader(store.ours);
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    {
        const Neighbour second({self, "--read", store.ours});
        bench::print(
            bench::at_most("S6", "two readers at once, 100k names", "ns", beside(second, reader, names, rounds), 1.05));
    }
    const Neighbour writer({BENCH_FILL, store.ours, std::to_string(kNames), "64", "--for-ever"});
    bench::print(bench::at_most("S6", "beside a writer without pause, 100k names", "ns",
                                beside(writer, reader, names, rounds), 1.3));
    return 0;
}
