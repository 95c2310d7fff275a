// SPDX-License-Identifier: BSD-3-Clause
//
// polls.so: waits on the descriptor that dw_cancel_fd gives.
#include <dumbwaiter/plugin.h>

#include <poll.h>

DW_FUNCTION(polls, "Polls the cancel descriptor, a minute at most")
{
    struct pollfd waited = {0, POLLIN, 0};
    waited.fd = dw_cancel_fd(call);
    if (waited.fd < 0) return dw_fail(call, "there is no cancel descriptor");
    if (waited.fd != dw_cancel_fd(call)) return dw_fail(call, "the cancel descriptor changed between two calls");
    return poll(&waited, 1, 60000) == 1 && dw_cancelled(call) ? DW_CANCELLED : DW_OK;
}
