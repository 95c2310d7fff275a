// SPDX-License-Identifier: BSD-3-Clause
#include "manifest_check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "confinement_check.hpp"
#include "packing.hpp"
#include "store_files.hpp"
#include "trust.hpp"

namespace dumbwaiter {

namespace {

void pack(Packer& out, const std::vector<Problem>& problems)
{
    out.number(problems.size());
    for (const Problem& problem : problems) {
        out.number(problem.at.line).number(problem.at.column).number(problem.at.file).text(problem.message);
        out.number(static_cast<uint64_t>(problem.kind)).number(problem.library);
    }
}

std::vector<Problem> unpack_problems(Unpacker& in)
{
    std::vector<Problem> problems(in.count());
    for (Problem& problem : problems) {
        problem.at.line = static_cast<uint32_t>(in.number());
        problem.at.column = static_cast<uint32_t>(in.number());
        problem.at.file = static_cast<uint32_t>(in.number());
        problem.message = in.text();
        problem.kind = static_cast<Problem::Kind>(in.number());
        problem.library = static_cast<uint32_t>(in.number());
    }
    return problems;
}

void pack(Packer& out, const Resolution& resolution)
{
    out.number(resolution.files.size());
    for (const LibraryFile& file : resolution.files) out.text(file.path).number(file.is_system);
    out.number(resolution.digests.size());
    for (const auto& [id, digest] : resolution.digests) out.number(id).text(digest);
    out.number(resolution.bindings.size());
    for (const Binding& binding : resolution.bindings) out.number(binding.library_id).number(binding.flags);
    out.number(resolution.serializers.size());
    for (const auto& [name, serializer] : resolution.serializers) {
        out.text(name).text(serializer.library.string()).number(serializer.library_id).text(serializer.media_type);
    }
    out.number(resolution.at_fault.size());
    for (const uint32_t id : resolution.at_fault) out.number(id);
    out.number(resolution.warnings.size());
    for (const std::string& warning : resolution.warnings) out.text(warning);
}

Resolution unpack_resolution(Unpacker& in)
{
    Resolution resolution;
    for (uint64_t left = in.count(); left > 0; --left) {
        LibraryFile& file = resolution.files.emplace_back();
        file.path = in.text();
        file.is_system = in.number() != 0;
    }
    for (uint64_t left = in.count(); left > 0; --left) {
        const auto id = static_cast<uint32_t>(in.number());
        resolution.digests[id] = in.text();
    }
    for (uint64_t left = in.count(); left > 0; --left) {
        Binding& binding = resolution.bindings.emplace_back();
        binding.library_id = static_cast<uint32_t>(in.number());
        binding.flags = static_cast<uint32_t>(in.number());
    }
    for (uint64_t left = in.count(); left > 0; --left) {
        SerializerBinding& serializer = resolution.serializers[in.text()];
        serializer.library = in.text();
        serializer.library_id = static_cast<uint32_t>(in.number());
        serializer.media_type = in.text();
    }
    for (uint64_t left = in.count(); left > 0; --left) {
        resolution.at_fault.insert(static_cast<uint32_t>(in.number()));
    }
    for (uint64_t left = in.count(); left > 0; --left) resolution.warnings.push_back(in.text());
    return resolution;
}

void pack(Packer& out, const Autoload& autoload)
{
    out.number(autoload.functions.size());
    for (const Autoloaded& function : autoload.functions) {
        out.text(function.library).text(function.symbol).number(static_cast<uint64_t>(function.frequency.count()));
    }
    for (const auto* texts : {&autoload.broken, &autoload.hung}) {
        out.number(texts->size());
        for (const std::string& text : *texts) out.text(text);
    }
    pack(out, autoload.faults);
}

Autoload unpack_autoload(Unpacker& in)
{
    Autoload autoload;
    autoload.functions.resize(in.count());
    for (Autoloaded& function : autoload.functions) {
        function.library = in.text();
        function.symbol = in.text();
        function.frequency = Nanoseconds(static_cast<int64_t>(in.number()));
    }
    for (auto* texts : {&autoload.broken, &autoload.hung}) {
        texts->resize(in.count());
        for (std::string& text : *texts) text = in.text();
    }
    autoload.faults = unpack_problems(in);
    return autoload;
}

// What nobody has asked for by name, and its limits.
void add_drop_ins(Checked& checked, const std::vector<std::string>& hung)
{
    checked.autoload = load_drop_ins(checked.manifest, checked.resolution, hung);
    if (checked.autoload.functions.empty()) return;
    std::ranges::move(confinement_problems(checked.manifest), std::back_inserter(checked.problems));
}

}  // namespace

// Paths in args are the functions' to open: they are taken from the manifest's folder as well, by working in it.
Status enter_folder(const std::filesystem::path& folder)
{
    if (folder.empty() || chdir(folder.c_str()) == 0) return {};
    return failure(Code::kIo, fmt::format("its folder, where the functions would run, cannot be entered: {}",
                                          std::strerror(errno)));
}

Checked check(const std::filesystem::path& file, const std::vector<std::string>& hung)
{
    ManifestReading reading = load_manifest(file, trust_of_environment());
    Checked checked{.manifest = std::move(reading.manifest), .resolution = {}, .problems = std::move(reading.problems)};
    checked.text = std::move(reading.text);
    checked.parts = std::move(reading.parts);
    if (const Status entered = enter_folder(checked.manifest.folder); !entered) {
        checked.problems.push_back({{}, entered.error().message});
    }
    checked.resolution = resolve(checked.manifest);
    auto& found = checked.resolution.problems;
    checked.problems.insert(checked.problems.end(), found.begin(), found.end());
    if (const Status group = check_group(checked.manifest.settings.store_group); !group) {
        checked.problems.push_back({checked.manifest.settings.at_store_group, group.error().message});
    }
    if (checked.manifest.settings.autoload && checked.can_be_taken_over()) add_drop_ins(checked, hung);
    return checked;
}

std::string pack(const Checked& checked)
{
    Packer out;
    pack(out, checked.problems);
    out.text(checked.text);
    out.number(checked.parts.size());
    for (const ManifestPart& part : checked.parts) out.text(part.name).text(part.text).text(part.fault);
    pack(out, checked.autoload);
    pack(out, checked.resolution);
    return out.take();
}

std::optional<Checked> unpack(std::string_view bytes, const std::filesystem::path& file,
                              const std::filesystem::path& folder)
{
    Unpacker in(bytes);
    Checked checked{.problems = unpack_problems(in)};
    checked.text = in.text();
    checked.parts.resize(in.count());
    for (ManifestPart& part : checked.parts) part = {.name = in.text(), .text = in.text(), .fault = in.text()};
    checked.autoload = unpack_autoload(in);
    checked.resolution = unpack_resolution(in);
    if (!in.is_whole()) return std::nullopt;
    checked.manifest = parse_manifest(checked.text, file, folder, checked.parts).manifest;
    add_autoloaded(checked.manifest, checked.autoload.functions);
    const bool is_same = checked.resolution.bindings.size() == checked.manifest.functions.size();
    return is_same || !checked.can_be_taken_over() ? std::optional(std::move(checked)) : std::nullopt;
}

}  // namespace dumbwaiter
