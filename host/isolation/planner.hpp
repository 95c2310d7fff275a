// SPDX-License-Identifier: BSD-3-Clause
//
// Looking at a changed manifest while the host runs. It is done by a process that the spawner forks off, as clean as
// the spawner itself; what it finds good it can then make children of.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "descriptor.hpp"
#include "manifest_check.hpp"
#include "spawner.hpp"
#include "status.hpp"

namespace dumbwaiter {

// The host's side. Thread-compatible. Destroying it ends the planner.
class Planner {
public:
    // `hung`: libraries that are not to be tried again, as check() takes them.
    static Expected<Planner> start(Spawner& spawner, const std::filesystem::path& manifest,
                                   const std::vector<std::string>& hung = {});

    int descriptor() const { return socket_.number(); }  // readable when it has done
    // What it found; waits for it. An error: it died, or could not tell.
    Expected<Checked> result(const std::filesystem::path& manifest);
    // After result() without problems: it makes children of the lanes that plan_lanes() gives.
    std::shared_ptr<Spawner> become_spawner() { return Spawner::take_over(std::move(socket_)); }

private:
    explicit Planner(Descriptor socket) : socket_(std::move(socket)) {}
    Descriptor socket_;
};

// In the process that was forked: is told over the socket what start() was given, tells what it found, and gives it.
// `manifest` is a full path.
Checked look_and_tell(const std::filesystem::path& manifest, int socket);

}  // namespace dumbwaiter
