// SPDX-License-Identifier: BSD-3-Clause
//
// What people and programs ask of a running host over its control socket, and how it is answered.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control_request.hpp"
#include "control_socket.hpp"
#include "dispatcher.hpp"
#include "function_documents.hpp"
#include "reloader.hpp"
#include "roster.hpp"
#include "sink.hpp"
#include "store.hpp"

namespace dumbwaiter {

class Steering {
public:
    struct Parts {
        const Roster& roster;
        Store& store;
        Sink& sink;
        Dispatcher& dispatcher;
        FunctionDocuments& documents;
        Reloader& reloader;
        std::function<std::string()> status;  // the document of #host
        std::function<void()> beat;           // puts it into the store ahead of its second
    };
    // The references outlive it. `wake` calls for serve(); from any thread.
    Steering(const Parts& parts, std::function<void()> wake);

    Status listen(const std::string& group);
    void stop_listening() { socket_.reset(); }
    // For the main thread: does what was asked for since.
    void serve();

private:
    using Answer = ControlSocket::Answer;
    struct Asked {
        ControlRequest request;
        Answer answer;
    };

    void take(uid_t peer, std::string_view line, const Answer& answer);
    void carry_out(const ControlRequest& request, const Answer& answer);
    void refresh(FunctionId id, const ControlRequest& request, const Answer& answer);
    void pause(FunctionId id, bool is_paused, const Answer& answer);
    void forget(const std::string& name, const Answer& answer);
    Expected<FunctionId> find(const std::string& name) const;
    int64_t finished_in_store(const std::string& name) const;
    void answer_when_committed(const Answer& answer, std::string line);

    const Parts parts_;
    const std::function<void()> wake_;
    std::mutex mutex_;
    std::vector<Asked> asked_;  // guarded by mutex_
    std::unique_ptr<ControlSocket> socket_;
};

}  // namespace dumbwaiter
