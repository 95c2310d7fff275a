// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter inspect`: the functions and serializers of a library.
#include <dumbwaiter/plugin.h>
#include <fmt/format.h>

#include "commands.hpp"
#include "drop_ins.hpp"
#include "inspection.hpp"
#include "library.hpp"
#include "manifest.hpp"
#include "places.hpp"
#include "readable.hpp"
#include "terminal.hpp"
#include "trust.hpp"

namespace dumbwaiter {

namespace {

namespace fs = std::filesystem;

// As in the manifest, a name with a slash is a path; a file of that name right here counts as well.
Expected<fs::path> place_of(const Options& options)
{
    std::error_code ignored;
    if (options.library.find('/') != std::string::npos || fs::exists(options.library, ignored)) {
        return fs::path(options.library);
    }
    std::vector<fs::path> folders;
    if (const auto manifest = find_manifest(options)) folders = load_manifest(*manifest).manifest.settings.plugin_path;
    return find_library(options.library, folders);
}

std::string flag_names(uint32_t flags)
{
    std::string names;
    const auto name = [&](uint32_t flag, std::string_view text) {
        if (flags & flag) names += fmt::format("{}{}", names.empty() ? "" : ", ", text);
    };
    name(DW_SERIAL, "serial");
    name(DW_SERIAL_LIBRARY, "serial in its library");
    name(DW_PROCESS_ONLY, "process only");
    return names;
}

std::string function_text(const InspectedFunction& function, bool with_color)
{
    const auto detail = [](std::string_view title, const std::string& text) {
        return text.empty() ? "" : fmt::format("    {:<10} {}\n", title, text);
    };
    std::string text = with_color ? paint(function.symbol, Color::kBold) : function.symbol;
    if (!function.summary.empty()) text += "  " + one_line(function.summary, 200);
    text += '\n';
    text += detail("arguments", function.args_schema);
    text += detail("result", function.result_schema);
    if (function.suggested_frequency_ns > 0) {
        text += detail(
            "suggested",
            fmt::format("every {}; so it runs where autoload is enabled, else as its frequency in the manifest says",
                        readable_seconds(static_cast<double>(autoload_frequency(function).count()) / 1e9)));
    }
    text += detail("flags", flag_names(function.flags));
    text +=
        detail("refused", with_color && !function.fault.empty() ? paint(function.fault, Color::kRed) : function.fault);
    return text;
}

std::string serializer_text(const InspectedSerializer& serializer, bool with_color)
{
    std::string text = with_color ? paint(serializer.symbol, Color::kBold) : serializer.symbol;
    text += "  serializer";
    if (!serializer.media_type.empty()) text += ", " + one_line(serializer.media_type, 100);
    if (!serializer.summary.empty()) text += ": " + one_line(serializer.summary, 200);
    text += '\n';
    if (serializer.fault.empty()) return text;
    const std::string fault = with_color ? paint(serializer.fault, Color::kRed) : serializer.fault;
    return text + fmt::format("    {:<10} {}\n", "refused", fault);
}

// One that others may write is listed, but nothing of it runs.
Expected<Inspection> inspect(const std::filesystem::path& file)
{
    const auto taken = take_library(file, trust_of_environment());
    if (taken) return inspect_library(*taken);
    if (taken.error().code != Code::kDenied) return std::unexpected(taken.error());
    const auto untrusted = take_library(file, Trust::kAny);
    if (!untrusted) return std::unexpected(untrusted.error());
    Inspection inspection = list_library(*untrusted);
    inspection.load_fault = taken.error().message;
    return inspection;
}

}  // namespace

ExitCode command_inspect(const Options& options)
{
    const auto file = place_of(options);
    if (!file) {
        complain(file.error().message);
        return ExitCode::kUsage;
    }
    const auto inspection = inspect(*file);
    if (!inspection) {
        complain(inspection.error().message);
        return ExitCode::kUsage;
    }
    bool is_refused = false;
    const bool with_color = wants_color(options.no_color);
    for (const InspectedFunction& function : inspection->functions) {
        print(function_text(function, with_color));
        is_refused |= !function.fault.empty();
    }
    for (const InspectedSerializer& serializer : inspection->serializers) {
        print(serializer_text(serializer, with_color));
        is_refused |= !serializer.fault.empty();
    }
    const bool is_empty = inspection->functions.empty() && inspection->serializers.empty();
    if (!inspection->load_fault.empty()) complain(inspection->load_fault);
    if (is_empty) complain(fmt::format("{} exports no function (no symbol ends in __dw1)", file->string()));
    const bool is_sound = !is_refused && inspection->load_fault.empty() && !is_empty;
    return is_sound ? ExitCode::kDone : ExitCode::kUsage;
}

}  // namespace dumbwaiter
