// A backend of the golden suite, with the standard library alone: c++ -std=c++17 -O2 -o backend backend.cpp
//
//     backend QUESTION ANSWER     files, or folders with files of the same names
//     backend                     a server: questions on standard input, answers on standard output
//
// Add operations to operations(). What they take stands in ops.json beside the program, by which
// questions are checked. Numbers are taken to be little-endian.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using std::string;

// Refused: the question must be refused. Lacks: there is no such operation here.
struct Refused : std::runtime_error { using std::runtime_error::runtime_error; };
struct Lacks : std::runtime_error { using std::runtime_error::runtime_error; };

struct Tensor {
    std::vector<size_t> shape;
    std::vector<double> data;
};
using Tensors = std::map<string, Tensor>;

// JSON.

struct Json {
    enum Kind { Null, Bool, Number, Text, List, Object } kind = Null;
    bool flag = false;
    double number = 0;
    string text;
    std::vector<Json> list;
    std::map<string, Json> object;

    const Json* get(const string& name) const {
        auto it = object.find(name);
        return it == object.end() ? nullptr : &it->second;
    }
    const Json& at(const string& name) const {
        static const Json null;
        const Json* v = get(name);
        return v ? *v : null;
    }
};

struct Parser {
    const string& text;
    size_t at = 0;

    [[noreturn]] void wrong() { throw Refused("found no JSON at byte " + std::to_string(at)); }
    char peek() {
        while (at < text.size() && std::strchr(" \t\r\n", text[at])) at++;
        return at < text.size() ? text[at] : '\0';
    }
    void take(char c) {
        if (peek() != c) wrong();
        at++;
    }
    Json word(const string& w, Json v) {
        if (text.compare(at, w.size(), w) != 0) wrong();
        at += w.size();
        return v;
    }
    string quoted() {
        take('"');
        string s;
        while (at < text.size()) {
            char c = text[at++];
            if (c == '"') return s;
            if (c != '\\') {
                s += c;
                continue;
            }
            if (at >= text.size()) wrong();
            switch (c = text[at++]) {
            case 'n': s += '\n'; break;
            case 't': s += '\t'; break;
            case 'r': s += '\r'; break;
            case 'b': s += '\b'; break;
            case 'f': s += '\f'; break;
            case 'u': {
                if (at + 4 > text.size()) wrong();
                unsigned code = std::stoul(text.substr(at, 4), nullptr, 16);
                at += 4;
                if (code < 0x80) {
                    s += char(code);
                } else if (code < 0x800) {
                    s += {char(0xc0 | code >> 6), char(0x80 | (code & 0x3f))};
                } else {
                    s += {char(0xe0 | code >> 12), char(0x80 | (code >> 6 & 0x3f)), char(0x80 | (code & 0x3f))};
                }
                break;
            }
            default: s += c;
            }
        }
        wrong();
    }
    Json value() {
        Json v;
        switch (peek()) {
        case '{':
            v.kind = Json::Object;
            for (at++; peek() != '}';) {
                if (!v.object.empty()) take(',');
                string name = (peek(), quoted());
                take(':');
                v.object[name] = value();
            }
            at++;
            return v;
        case '[':
            v.kind = Json::List;
            for (at++; peek() != ']';) {
                if (!v.list.empty()) take(',');
                v.list.push_back(value());
            }
            at++;
            return v;
        case '"':
            v.kind = Json::Text;
            v.text = quoted();
            return v;
        case 't':
            v.kind = Json::Bool, v.flag = true;
            return word("true", v);
        case 'f':
            v.kind = Json::Bool;
            return word("false", v);
        case 'n':
            return word("null", v);
        }
        size_t end = text.find_first_not_of("+-.eE0123456789", at);
        std::istringstream number(text.substr(at, end - at));
        v.kind = Json::Number;
        if (!(number >> v.number)) wrong();
        at = end == string::npos ? text.size() : end;
        return v;
    }
};

Json parse_json(const string& text) { return Parser{text}.value(); }

string quote(const string& text) {
    string q = "\"";
    for (unsigned char c : text) {
        char escape[8];
        if (c == '"' || c == '\\') q += {'\\', char(c)};
        else if (c < 0x20) std::snprintf(escape, sizeof escape, "\\u%04x", c), q += escape;
        else q += char(c);
    }
    return q + "\"";
}

// An operation takes inputs, cotangents and attributes and returns outputs and gradients by their
// full names. Gradients that are not asked for are dropped.
using Operation = std::function<Tensors(const Tensors&, const Tensors&, const Json&)>;

Tensors relu(const Tensors& ins, const Tensors& cts, const Json&) {
    const Tensor& x = ins.at("x");
    Tensors answer;
    Tensor y = x, g = x;
    for (double& v : y.data) v = std::fmax(v, 0);
    answer["out/y"] = y;
    if (auto ct = cts.find("y"); ct != cts.end() && ct->second.data.size() == x.data.size()) {
        for (size_t i = 0; i < g.data.size(); i++) g.data[i] = x.data[i] > 0 ? ct->second.data[i] : 0;
        answer["grad/x"] = g;
    }
    return answer;
}

const std::map<string, Operation>& operations() {
    static const std::map<string, Operation> all = {{"relu", relu}};
    return all;
}

// The format: 8 bytes of little-endian header length, a JSON header, raw little-endian data.

struct Question {
    string op;
    Json attrs;
    Tensors ins, cts;
};

Question parse(const string& content) {
    uint64_t length = 0;
    if (content.size() < 8) throw Refused("found no header");
    std::memcpy(&length, content.data(), 8);
    if (length > content.size() - 8) throw Refused("found no header");
    Json header = parse_json(content.substr(8, length));
    const char* data = content.data() + 8 + length;
    size_t size = content.size() - 8 - length;
    const Json& meta = header.at("__metadata__");
    if (meta.at("format").text != "entrec-golden/1") throw Refused("found format " + meta.at("format").text + ", expected entrec-golden/1");
    Question q{meta.at("op").text, parse_json(meta.at("attrs").text), {}, {}};
    for (const auto& [name, t] : header.object) {
        if (name.compare(0, 3, "in/") != 0 && name.compare(0, 3, "ct/") != 0) continue;
        const auto& offsets = t.at("data_offsets").list;
        if (offsets.size() != 2 || offsets[0].number > offsets[1].number || offsets[1].number > double(size)) throw Refused(name + " lies beyond the file");
        Tensor x;
        for (const Json& d : t.at("shape").list) x.shape.push_back(size_t(d.number));
        size_t end = size_t(offsets[1].number);
        if (t.at("dtype").text == "F32") {
            float v;
            for (size_t i = size_t(offsets[0].number); i + 4 <= end; i += 4) std::memcpy(&v, data + i, 4), x.data.push_back(v);
        } else {
            double v;
            for (size_t i = size_t(offsets[0].number); i + 8 <= end; i += 8) std::memcpy(&v, data + i, 8), x.data.push_back(v);
        }
        (name[0] == 'i' ? q.ins : q.cts)[name.substr(3)] = x;
    }
    return q;
}

string bytes(uint64_t n) { return string(reinterpret_cast<const char*>(&n), 8); }

string dump(const Tensors& tensors) {
    string header = "{", data;
    for (const auto& [name, t] : tensors) {
        size_t begin = data.size();
        for (double v : t.data) {
            float f = float(v);
            data.append(reinterpret_cast<const char*>(&f), 4);
        }
        header += (header.size() > 1 ? "," : "") + quote(name) + ":{\"dtype\":\"F32\",\"shape\":[";
        for (size_t i = 0; i < t.shape.size(); i++) header += (i ? "," : "") + std::to_string(t.shape[i]);
        header += "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(data.size()) + "]}";
    }
    header += "}";
    return bytes(header.size()) + header + data;
}

// What must be refused.

void need(bool holds, const string& reason) {
    if (!holds) throw Refused(reason);
}

std::vector<string> split(const string& text) {
    std::vector<string> parts;
    std::istringstream in(text);
    for (string part; std::getline(in, part, ',');) parts.push_back(part);
    return parts;
}

bool suits(const Json& a, const Json& v) {
    const string& kind = a.at("kind").text;
    if (kind == "flag") return v.kind == Json::Bool;
    if (kind == "choice") {
        for (const Json& word : a.at("of").list)
            if (v.kind == Json::Text && v.text == word.text) return true;
        return false;
    }
    if (v.kind != Json::Number || !std::isfinite(v.number)) return false;
    double x = v.number;
    if (kind == "whole" && (x != std::trunc(x) || std::fabs(x) > 2147483648.0)) return false;
    const Json *least = a.get("least"), *above = a.get("above"), *most = a.get("most"), *below = a.get("below");
    return !(least && x < least->number) && !(above && x <= above->number) && !(most && x > most->number) && !(below && x >= below->number);
}

std::vector<string> wrt(const Json& attrs) {
    std::vector<string> names;
    for (const Json& v : attrs.at("wrt").list) names.push_back(v.text);
    return names;
}

void check(const Json& spec, Question& q) {
    std::map<string, size_t> sizes;
    const std::vector<size_t>* any = nullptr;
    for (const auto& [name, i] : spec.at("inputs").object) {
        auto it = q.ins.find(name);
        if (it == q.ins.end()) {
            need(i.at("optional").flag, "input " + name + " is missing");
            continue;
        }
        const Tensor& x = it->second;
        size_t n = 1;
        for (size_t d : x.shape) n *= d;
        need(n > 0 && n == x.data.size(), "input " + name + " is empty");
        string fits;
        for (const Json& s : i.at("shapes").list)
            if (fits.empty() && (s.text == "*" || split(s.text).size() == x.shape.size())) fits = s.text;
        need(!fits.empty(), "input " + name + " has another number of axes");
        if (fits == "*") {
            need(!any || *any == x.shape, "input " + name + " has another shape than the one before");
            any = &x.shape;
            continue;
        }
        auto letters = split(fits);
        for (size_t axis = 0; axis < letters.size(); axis++) {
            bool digit = std::isdigit(static_cast<unsigned char>(letters[axis][0]));
            auto known = sizes.emplace(letters[axis], digit ? std::stoul(letters[axis]) : x.shape[axis]).first;
            need(known->second == x.shape[axis], "input " + name + ": found " + std::to_string(x.shape[axis]) + " for " + letters[axis] + ", expected " + std::to_string(known->second));
        }
    }
    for (const auto& [name, x] : q.ins) need(spec.at("inputs").get(name), "there is no input " + name);
    const Json& known = spec.at("attributes");
    for (const auto& [name, a] : known.object) {
        if (!q.attrs.get(name) && a.get("default")) q.attrs.object[name] = a.at("default");
        need(suits(a, q.attrs.at(name)), "attribute " + name + " is missing, or not what it may be");
    }
    for (const auto& [name, v] : q.attrs.object) need(name == "wrt" || known.get(name), "there is no attribute " + name);
    std::set<string> seen;
    for (const string& name : wrt(q.attrs))
        need(q.ins.count(name) && !spec.at("inputs").at(name).at("constant").flag && seen.insert(name).second, "wrt: " + name + " has no gradient, or stands twice");
    need(seen.empty() || !q.cts.empty(), "gradients are asked for, but there is no cotangent");
}

fs::path home; // the program's folder

string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path.string());
    return string(std::istreambuf_iterator<char>(in), {});
}

void write(const fs::path& path, const string& content) {
    std::ofstream out(path, std::ios::binary);
    if (!out.write(content.data(), std::streamsize(content.size()))) throw std::runtime_error("cannot write " + path.string());
}

string answer(const string& content) {
    static const Json specs = parse_json(read(home / "ops.json"));
    Question q = parse(content);
    auto f = operations().find(q.op);
    if (f == operations().end()) throw Lacks("there is no operation " + q.op);
    check(specs.at(q.op), q);
    Tensors tensors = f->second(q.ins, q.cts, q.attrs);
    for (const auto& [name, ct] : q.cts) {
        auto out = tensors.find("out/" + name);
        need(out != tensors.end() && out->second.shape == ct.shape, "cotangent " + name + " is of no output");
    }
    std::set<string> asked;
    for (const string& name : wrt(q.attrs)) asked.insert("grad/" + name);
    for (auto it = tensors.begin(); it != tensors.end();) it = it->first.compare(0, 5, "grad/") == 0 && !asked.count(it->first) ? tensors.erase(it) : std::next(it);
    return dump(tensors);
}

// The modes.

void folder(const fs::path& questions, const fs::path& answers) {
    string lacking;
    for (const auto& entry : fs::directory_iterator(questions)) {
        fs::path file = entry.path();
        if (file.extension() != ".safetensors") continue;
        try {
            write(answers / file.filename(), answer(read(file)));
        } catch (const Lacks& e) {
            lacking += (lacking.empty() ? "" : ",") + quote(file.stem().string()) + ":" + quote(e.what());
        } catch (const std::exception& e) { // leave this answer out: it is asked again
            std::cerr << file.filename() << ": " << e.what() << "\n";
        }
    }
    write(answers / "backend.json", "{\"lacks\":{\"cases\":{" + lacking + "}}}");
}

void serve() {
    for (uint64_t length; std::cin.read(reinterpret_cast<char*>(&length), 8);) {
        string content(length, '\0'), body;
        if (!std::cin.read(content.data(), std::streamsize(length))) return;
        char status = 0;
        try {
            body = answer(content);
        } catch (const Lacks& e) {
            status = 3, body = e.what();
        } catch (const Refused& e) {
            status = 1, body = e.what();
        }
        std::cout << status << bytes(body.size()) << body << std::flush;
    }
}

int main(int argc, char** argv) {
    home = fs::path(argv[0]).parent_path();
    try {
        if (argc == 1) {
            serve();
        } else if (argc != 3) {
            std::cerr << "usage: backend QUESTION ANSWER\n";
            return 2;
        } else if (fs::is_directory(argv[1])) {
            folder(argv[1], argv[2]);
        } else {
            write(argv[2], answer(read(argv[1])));
        }
    } catch (const Lacks& e) {
        std::cerr << e.what() << "\n";
        return 3;
    } catch (const std::exception& e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
}
