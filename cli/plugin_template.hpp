// SPDX-License-Identifier: BSD-3-Clause
//
// The files of a new plugin project.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dumbwaiter {

struct TemplateFile {
    std::string path;  // in the project's folder
    std::string text;
    bool is_program = false;
};

// The project NAME in c, cpp or rust; nullopt for another language. The name is one that is_plugin_name() takes.
std::optional<std::vector<TemplateFile>> plugin_template(std::string_view language, const std::string& name);

// A letter, then letters, digits, "_" and "-": what a library and a folder can be called.
bool is_plugin_name(std::string_view name);

}  // namespace dumbwaiter
