// SPDX-License-Identifier: BSD-3-Clause
//
// state.so: create and destroy.
#include <dumbwaiter/plugin.h>

#include <stdatomic.h>
#include <stdlib.h>

static atomic_int created, destroyed, attempts;

static int32_t create(dw_call* call, void** state)
{
    int64_t* const count = malloc(sizeof *count);
    if (!count) return dw_fail(call, "out of memory");
    *count = 0;
    dw_kwarg_i64(call, "from", count);
    *state = count;
    ++created;
    return DW_OK;
}

static void destroy(void* state)
{
    ++destroyed;
    free(state);
}

DW_FUNCTION_EX(counter, "Counts in its state, on from kwargs.from", 0, create, destroy, NULL, NULL, 0)
{
    return dw_put_i64(call, ++*(int64_t*)dw_state(call));
}

static int32_t late_create(dw_call* call, void** state)
{
    if (attempts++ == 0) return dw_fail(call, "the state cannot be made yet");
    return create(call, state);
}

DW_FUNCTION_EX(late, "Its create fails the first time", 0, late_create, destroy, NULL, NULL, 0)
{
    return dw_put_i64(call, ++*(int64_t*)dw_state(call));
}

DW_FUNCTION(balance, "States of this library made, and unmade again")
{
    dw_open_array(call);
    dw_put_i64(call, created);
    dw_put_i64(call, destroyed);
    return dw_close(call);
}

DW_FUNCTION(none, "true if there is no state without create")
{
    return dw_put_bool(call, dw_state(call) == NULL);
}
