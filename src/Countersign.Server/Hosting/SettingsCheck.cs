using System.Collections;
using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Logging.Console;

namespace Countersign.Server.Hosting;

/// <summary>
/// Finds settings that nobody reads, and values that cannot be read. A typing error in a name would otherwise leave the default in place without a word: a store in
/// another directory, or a sandbox that stays on.
/// </summary>
static class SettingsCheck
{
    const string Section = "Countersign";
    const string AllSettings = "All settings: docs/configuration.md";

    // What ASP.NET Core and its host read from the command line.
    static readonly string[] FrameworkRoots =
    [
        "urls", "http_ports", "https_ports", "environment", "contentRoot", "applicationName", "webRoot", "startupAssembly", "hostingStartupAssemblies",
        "hostingStartupExcludeAssemblies", "preventHostingStartup", "detailedErrors", "captureStartupErrors", "preferHostingUrls", "suppressStatusMessages",
        "shutdownTimeoutSeconds", "allowedHosts", "forwardedHeaders_Enabled", "Logging", "Kestrel",
    ];

    /// <summary>Which of the formats the log's lines have on the console.</summary>
    public const string Formatter = "Logging:Console:FormatterName";

    /// <summary>Where metrics are pushed to: nowhere without one of them.</summary>
    public static readonly string[] CollectorSettings = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    static readonly string[] Formatters = [ConsoleFormatterNames.Simple, ConsoleFormatterNames.Json, ConsoleFormatterNames.Systemd];
    static readonly string[] ProtocolSettings = ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"], Protocols = ["grpc", "http/protobuf"];

    /// <summary>The name of every setting of ours; of a list, that of its first member.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. PathsOf(typeof(CountersignOptions), Section)];

    /// <summary>A sentence for each setting that is wrong, wherever it comes from; none if all can be read.</summary>
    /// <param name="args">The command line, without what a verb has taken for itself.</param>
    /// <param name="configuration">All that is set.</param>
    /// <param name="verb">The verb, if it has options of its own; its help is pointed to.</param>
    public static IReadOnlyList<string> Problems(IReadOnlyList<string> args, IConfiguration configuration, VerbOptions? verb = null)
    {
        var problems = new List<string>();
        CheckArguments(args, problems, verb);
        Walk(configuration.GetSection(Section), typeof(CountersignOptions), problems);
        foreach (var root in configuration.GetChildren())
        {
            CheckRoot(root, problems);
        }

        CheckLevels(configuration.GetSection("Logging"), problems);
        if (configuration[Formatter] is { Length: > 0 } formatter && !Formatters.Contains(formatter, StringComparer.OrdinalIgnoreCase))
        {
            problems.Add($"{Formatter} must be one of {string.Join(", ", Formatters)}, and is {formatter}.");
        }

        CheckCollector(configuration, problems);
        ListenAddresses.Check(configuration[WebHostDefaults.ServerUrlsKey], problems);
        return problems;
    }

    /// <summary>The levels of the log, for all (<c>Logging:LogLevel</c>) and for one that writes it (<c>Logging:Console:LogLevel</c>).</summary>
    static void CheckLevels(IConfigurationSection section, List<string> problems)
    {
        foreach (var child in section.GetChildren())
        {
            if (!child.Key.Equals("LogLevel", StringComparison.OrdinalIgnoreCase))
            {
                CheckLevels(child, problems);
                continue;
            }

            problems.AddRange(child.GetChildren()
                .Where(level => !string.IsNullOrEmpty(level.Value) && !Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _))
                .Select(level => $"{level.Path} must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}, and is {level.Value}."));
        }
    }

    /// <summary>What OpenTelemetry would pass over without a word, and push nothing. The address is not repeated: somebody may have written credentials into it.</summary>
    static void CheckCollector(IConfiguration configuration, List<string> problems)
    {
        foreach (var name in CollectorSettings)
        {
            if (configuration[name] is { Length: > 0 } text && (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")))
            {
                problems.Add($"{name} must be an http or https address, such as http://localhost:4317.");
            }
        }

        // The one that counts, where anything is pushed at all: the environment of many containers may say more than one of them needs.
        var counts = ProtocolSettings.FirstOrDefault(name => !string.IsNullOrEmpty(configuration[name]));
        if (counts is not null && CollectorSettings.Any(name => !string.IsNullOrEmpty(configuration[name])) && configuration[counts]!.Trim() is var protocol && !Protocols.Contains(protocol))
        {
            problems.Add($"{counts} must be one of {string.Join(", ", Protocols)}, and is {protocol}.");
        }
    }

    /// <summary>The command line, read as ASP.NET Core reads it: what that leaves out without a word is named here.</summary>
    static void CheckArguments(IReadOnlyList<string> args, List<string> problems, VerbOptions? verb)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var argument = args[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var isOption = argument.StartsWith("--", StringComparison.Ordinal);
            if (!isOption && (argument.StartsWith('-') || equals < 0))
            {
                problems.Add($"The argument {argument} means nothing here. A setting is written --Name value, such as --urls http://localhost:8090.");
                continue;
            }

            var name = argument[(isOption ? 2 : 0)..(equals < 0 ? argument.Length : equals)];
            var isKnown = IsKnownRoot(name.Split(':')[0]);
            if (!isKnown)
            {
                var nearest = Nearest(name, [.. verb?.Names ?? [], .. Known, .. FrameworkRoots]);
                var meant = Spelling.Distance(Last(name), Last(nearest)) <= Math.Max(2, name.Length / 3) ? $" Did you mean --{nearest}?" : "";
                problems.Add($"There is no option --{name}.{meant} {verb?.Help ?? AllSettings}");
            }

            if (equals < 0 && (++i >= args.Count || args[i].StartsWith("--", StringComparison.Ordinal)))
            {
                if (isKnown)
                {
                    problems.Add($"--{name} needs a value.");
                }

                i--;
            }
        }
    }

    static bool IsKnownRoot(string root) =>
        root.Equals(Section, StringComparison.OrdinalIgnoreCase)
        || FrameworkRoots.Contains(root, StringComparer.OrdinalIgnoreCase)
        || root.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase);

    /// <summary>Beside our section: one that was probably meant to be ours. Anything else belongs to others; the environment is full of it.</summary>
    static void CheckRoot(IConfigurationSection root, List<string> problems)
    {
        var key = root.Key;
        if (root.GetChildren().Any() && !key.Equals(Section, StringComparison.OrdinalIgnoreCase) && Spelling.Distance(key, Section) <= 2)
        {
            problems.AddRange(root.AsEnumerable().Where(pair => pair.Value is not null).Select(pair => Unknown(pair.Key)));
        }
        else if (key.Contains('_', StringComparison.Ordinal) && Known.Contains(key.Replace('_', ':'), StringComparer.OrdinalIgnoreCase))
        {
            problems.Add($"{key} sets nothing: in the environment a setting has two underscores for each colon, {Nearest(key.Replace('_', ':'), Known).Replace(":", "__", StringComparison.Ordinal)}.");
        }
    }

    static void Walk(IConfigurationSection section, Type type, List<string> problems)
    {
        if (IsLeaf(type))
        {
            problems.AddRange(section.GetChildren().Select(child => Unknown(child.Path)));
            if (section.Value is { } value && !CanRead(value, type, out var what))
            {
                problems.Add($"{Proper(section.Path)} must be {what}, and is {value}.");
            }

            return;
        }

        var element = ElementOf(type);
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Add(element is null
                ? $"{section.Path} is a group of settings, such as {Known.First(known => known.StartsWith(section.Path + ':', StringComparison.OrdinalIgnoreCase))}."
                : $"{section.Path} is a list: set {section.Path}:0, {section.Path}:1 and so on.");
        }

        foreach (var child in section.GetChildren())
        {
            if (element is not null)
            {
                Walk(child, element, problems);
            }
            else if (Property(type, child.Key) is { } property)
            {
                Walk(child, property.PropertyType, problems);
            }
            else
            {
                problems.Add(Unknown(child.Path));
            }
        }
    }

    static string Unknown(string path) => $"There is no setting {path}.{(Meant(path) is { } meant ? $" Did you mean {meant}?" : "")} {AllSettings}";

    /// <summary>One that goes on as what was typed does, or that is near; null for neither.</summary>
    static string? Meant(string path)
    {
        if (Known.FirstOrDefault(known => known.StartsWith(path, StringComparison.OrdinalIgnoreCase)) is { } longer)
        {
            return longer;
        }

        var nearest = Nearest(path, Known);
        return Spelling.Distance(Last(path), Last(nearest)) <= Math.Max(2, Last(path).Length / 3) ? nearest : null;
    }

    static string Proper(string path) => Known.FirstOrDefault(known => known.Equals(path, StringComparison.OrdinalIgnoreCase)) ?? path;

    static bool CanRead(string value, Type type, out string what)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        what = type == typeof(bool) ? "true or false"
            : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
            : type == typeof(TimeSpan) ? "a length of time, such as 00:05:00"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : $"a {type.Name}";
        try
        {
            return type == typeof(string) || TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value) is not null;
        }
        catch (Exception problem) when (problem is FormatException or ArgumentException or OverflowException or NotSupportedException or InvalidCastException)
        {
            return false;
        }
    }

    /// <summary>The known name that was probably meant: one that ends alike, or else the one with the fewest letters to change.</summary>
    static string Nearest(string name, IReadOnlyList<string> known) =>
        known.FirstOrDefault(candidate => Last(candidate).Equals(Last(name), StringComparison.OrdinalIgnoreCase))
        ?? known.MinBy(candidate => Math.Min(Spelling.Distance(name, candidate), Spelling.Distance(Last(name), Last(candidate)) + 1))!;

    static string Last(string path) => path[(path.LastIndexOf(':') + 1)..];

    static IEnumerable<string> PathsOf(Type type, string path)
    {
        foreach (var property in type.GetProperties())
        {
            var name = $"{path}:{property.Name}";
            foreach (var known in IsLeaf(property.PropertyType) ? [name] : ElementOf(property.PropertyType) is not null ? [$"{name}:0"] : PathsOf(property.PropertyType, name))
            {
                yield return known;
            }
        }
    }

    static PropertyInfo? Property(Type type, string name) =>
        type.GetProperties().FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    static bool IsLeaf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var bare
        && (bare.IsPrimitive || bare.IsEnum || bare == typeof(string) || bare == typeof(decimal) || bare == typeof(TimeSpan) || bare == typeof(Uri) || bare == typeof(DateTimeOffset) || bare == typeof(Guid));

    /// <summary>What a list, or a map from texts, holds; null for anything else.</summary>
    static Type? ElementOf(Type type) => !type.IsAssignableTo(typeof(IEnumerable)) || type == typeof(string) ? null
        : type.IsArray ? type.GetElementType()
        : type.GetGenericArguments() is { Length: > 0 } arguments ? arguments[^1]
        : null;
}

/// <summary>The options of a verb that are not settings, without their dashes, and where it says what they are.</summary>
sealed record VerbOptions(IReadOnlyList<string> Names, string Help);
