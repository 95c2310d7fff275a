// SPDX-License-Identifier: BSD-3-Clause
//
// The trial: a child loads the library and tells what it found; the parent believes none of the lengths it is told.
#include "inspection.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "argument_schema.hpp"
#include "elf_exports.hpp"
#include "library.hpp"
#include "serializer_plugin.hpp"
#include "trial_process.hpp"
#include "utf8.hpp"

namespace dumbwaiter {
namespace {

constexpr size_t kLongestText = 64 * 1024;

// ---- in the child: what the library says of itself, as (u32 length, bytes) pieces

void put_piece(std::string_view bytes, std::string& out)
{
    const uint32_t length = static_cast<uint32_t>(std::min(bytes.size(), kLongestText));
    out.append(reinterpret_cast<const char*>(&length), sizeof length);
    out.append(bytes.substr(0, length));
}

void put_text(const char* text, std::string& out)
{
    put_piece(text == nullptr ? std::string_view() : std::string_view(text, ::strnlen(text, kLongestText)), out);
}

std::string schema_fault_of(const char* name, const char* text)
{
    if (text == nullptr) return {};
    const size_t length = ::strnlen(text, kLongestText + 1);
    if (length > kLongestText) return fmt::format("its {} is longer than 64 KiB", name);
    const std::string fault = schema_fault({text, length});
    return fault.empty() ? fault : fmt::format("its {} {}", name, fault);
}

std::string fault_of(const dw_function_info& info)
{
    std::string fault = run_fault(info);
    if (fault.empty()) fault = schema_fault_of("args_schema", info.args_schema);
    if (fault.empty()) fault = schema_fault_of("result_schema", info.result_schema);
    return fault;
}

std::string describe_all(const SealedLibrary& taken)
{
    std::string out;
    const auto library = Library::open(taken);
    put_piece(library ? std::string_view() : std::string_view(library.error().message), out);
    if (!library) return out;
    for (const ExportedInfo& exported : taken.exports.functions) {
        dw_function_info info{};
        const Expected<dw_function_info> read = (*library)->describe(exported.symbol);
        if (read) info = *read;
        put_piece(read ? fault_of(info) : std::string(), out);  // what the ELF file already shows is the parent's
        put_text(info.summary, out);
        put_text(info.args_schema, out);
        put_text(info.result_schema, out);
        put_piece({reinterpret_cast<const char*>(&info.suggested_frequency_ns), sizeof(int64_t)}, out);
    }
    for (const ExportedInfo& exported : taken.exports.serializers) {
        const Expected<dw_serializer_info> read = (*library)->describe_serializer(exported.symbol);
        put_piece(read ? code_fault(*read) : std::string(), out);
        put_text(read ? read->summary : nullptr, out);
        put_text(read ? read->media_type : nullptr, out);
    }
    return out;
}

// ---- in the parent

// Takes the pieces apart again; false once there is no whole one left.
class PieceReader {
public:
    explicit PieceReader(std::string_view bytes) : rest_(bytes) {}

    bool take(std::string& out)
    {
        uint32_t length = 0;
        if (rest_.size() < sizeof length) return false;
        std::memcpy(&length, rest_.data(), sizeof length);
        rest_.remove_prefix(sizeof length);
        if (length > rest_.size()) return false;
        out.assign(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return true;
    }

    bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

bool take_function(PieceReader& reader, InspectedFunction& function)
{
    std::string fault, frequency;
    if (!reader.take(fault) || !reader.take(function.summary) || !reader.take(function.args_schema) ||
        !reader.take(function.result_schema) || !reader.take(frequency) || frequency.size() != sizeof(int64_t)) {
        return false;
    }
    if (function.fault.empty()) function.fault = fault;
    for (std::string* const text : {&function.summary, &function.args_schema, &function.result_schema}) {
        *text = repair_utf8(*text);
    }
    std::memcpy(&function.suggested_frequency_ns, frequency.data(), sizeof(int64_t));
    return true;
}

bool take_serializer(PieceReader& reader, InspectedSerializer& serializer)
{
    std::string fault;
    if (!reader.take(fault) || !reader.take(serializer.summary) || !reader.take(serializer.media_type)) return false;
    if (serializer.fault.empty()) serializer.fault = fault;
    for (std::string* const text : {&serializer.summary, &serializer.media_type}) *text = repair_utf8(*text);
    return true;
}

// False where the child's words are not what describe_all() says.
bool take_all(std::string_view said, Inspection& inspection)
{
    PieceReader reader(said);
    if (!reader.take(inspection.load_fault)) return false;
    if (!inspection.load_fault.empty()) return true;
    for (InspectedFunction& function : inspection.functions) {
        if (!take_function(reader, function)) return false;
    }
    for (InspectedSerializer& serializer : inspection.serializers) {
        if (!take_serializer(reader, serializer)) return false;
    }
    return reader.at_end();
}

Inspection from_elf(const ElfExports& exports)
{
    Inspection inspection;
    for (const ExportedInfo& exported : exports.functions) {
        InspectedFunction function;
        function.symbol = exported.symbol;
        function.fault = info_fault(InfoKind::kFunction, exported.symbol, exported);
        function.flags = exported.flags;
        function.built_minor = exported.built_minor;
        function.required_minor = exported.required_minor;
        inspection.functions.push_back(std::move(function));
    }
    for (const ExportedInfo& exported : exports.serializers) {
        inspection.serializers.push_back(
            {exported.symbol, info_fault(InfoKind::kSerializer, exported.symbol, exported), {}, {}});
    }
    return inspection;
}

}  // namespace

Inspection list_library(const SealedLibrary& library)
{
    return from_elf(library.exports);
}

std::string hang_fault(const SealedLibrary& library)
{
    return fmt::format("{} hung for {} s and was killed while it was loaded", library.file.string(),
                       kTrialTime.count());
}

Expected<Inspection> inspect_library(const SealedLibrary& library)
{
    const auto work = [&] { return describe_all(library); };
    const Expected<Trial> trial = run_trial(work, kTrialTime, descriptors_of(library));
    if (!trial) return std::unexpected(trial.error());
    Inspection inspection = from_elf(library.exports);
    if (trial->has_hung) {
        inspection.load_fault = hang_fault(library);
        inspection.has_hung = true;
        return inspection;
    }
    const std::string died = trial->death.empty() ? "said nothing that makes sense" : trial->death;
    if (!trial->death.empty() || !take_all(trial->said, inspection)) {
        inspection = from_elf(library.exports);
        inspection.load_fault = fmt::format("{} {} while it was loaded", library.file.string(), died);
    }
    return inspection;
}

}  // namespace dumbwaiter
