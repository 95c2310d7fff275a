// SPDX-License-Identifier: BSD-3-Clause
//
// stays.so: leaves threads behind, and a destructor that must never run: its threads still use what that would destroy.
#include <dumbwaiter/plugin.h>

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

struct Bomb {
    std::string text = "here";
    ~Bomb() { std::abort(); }
};

Bomb g_bomb;

struct Own {
    std::string text = "here";
    ~Own() { text = g_bomb.text; }  // where its thread ends, all of the library is still there
};
thread_local Own t_own;

void go_on()
{
    while (g_bomb.text == "here" && t_own.text == "here") std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::abort();
}

}  // namespace

DW_FUNCTION(stays, "Leaves a thread behind at each call")
{
    std::thread(go_on).detach();
    return dw_put_str(call, t_own.text.data(), t_own.text.size());
}

DW_FUNCTION(hangs, "Leaves a thread behind, then hangs")
{
    (void)call;
    std::thread(go_on).detach();
    for (;;) pause();
}
