/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plugin of collectd, the reference of S7: `Count` read callbacks that are due together, each of which dispatches one
 * value, and a write callback that throws it away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectd.h"
#include "plugin.h"

static int count = 1000;

static int configure(const char* key, const char* value)
{
    if (strcmp(key, "Count") != 0) return 1;
    count = atoi(value);
    return 0;
}

static int read_one(user_data_t* data)
{
    value_t value = {.gauge = 1};
    value_list_t list = VALUE_LIST_INIT;
    list.values = &value;
    list.values_len = 1;
    snprintf(list.plugin, sizeof list.plugin, "bench");
    snprintf(list.type, sizeof list.type, "gauge");
    snprintf(list.type_instance, sizeof list.type_instance, "%s", (const char*)data->data);
    return plugin_dispatch_values(&list);
}

static int write_nowhere(const data_set_t* set, const value_list_t* list, user_data_t* data)
{
    (void)set, (void)list, (void)data;
    return 0;
}

static int begin(void)
{
    plugin_register_write("bench", write_nowhere, NULL);
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "function%07d", i);
        plugin_register_complex_read("bench", name, read_one, TIME_T_TO_CDTIME_T(1),
                                     &(user_data_t){.data = strdup(name), .free_func = free});
    }
    return 0;
}

void module_register(void)
{
    static const char* keys[] = {"Count"};
    plugin_register_config("bench", configure, keys, 1);
    plugin_register_init("bench", begin);
}
