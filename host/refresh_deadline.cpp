// SPDX-License-Identifier: BSD-3-Clause
#include "refresh_deadline.hpp"

#include "ledger.hpp"
#include "record.hpp"

namespace dumbwaiter {

void refresh_deadline(Store& store, Sink& sink, const FunctionSpec& spec)
{
    std::string bytes;
    if (!store.newest(spec.name, bytes)) return;
    const Expected<Record> record = decode_record(spec.name, bytes);
    if (!record) return;
    const int64_t until = fresh_until(spec, record->finished);
    if (record->fresh_until == until) return;
    sink.push({.kind = Append::Kind::kRefresh,
               .name = spec.name,
               .depth = spec->max_saved,
               .serializer = record->serializer,
               .sequence = record->sequence,
               .due = record->due,
               .started = record->started,
               .finished = record->finished,
               .fresh_until = until,
               .media_type = {},
               .payload = {}});
}

}  // namespace dumbwaiter
