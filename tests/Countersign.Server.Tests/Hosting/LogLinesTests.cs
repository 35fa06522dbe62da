using System.Globalization;
using System.Reflection;
using System.Text;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.Logging;

namespace Countersign.Server.Tests.Hosting;

/// <summary>
/// A log line is known by its number: what an operator's rules look for is one line, not two. docs/log.md has every line; to write it anew run this with COUNTERSIGN_WRITE_DOCS=1.
/// </summary>
public sealed class LogLinesTests
{
    const string Path = "docs/log.md", Start = "<!-- lines -->\n";

    // By thousands and hundreds, the more specific first.
    static readonly (int From, string Title)[] Sections =
    [
        (0, "Lookup"), (1100, "Verifications"), (1491, "Receipts by SNS"), (1500, "Risk"), (2100, "Delivery"), (3100, "SQLite"), (3201, "PostgreSQL and SMPP"), (3300, "Redis"), (3400, "Key ring"),
        (5100, "Retention"), (6100, "Events and webhooks"), (6200, "Push"), (9000, "Server"), (9300, "Simulator"), (9400, "Databases of addresses"),
    ];

    static readonly Assembly[] Assemblies =
        [typeof(Core.Sid).Assembly, typeof(Storage.IStores).Assembly, typeof(Carriers.CarriersRegistration).Assembly, typeof(Server.Hosting.CountersignHost).Assembly];

    static readonly IReadOnlyList<LoggerMessageAttribute> Lines =
    [
        .. Assemblies.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().OrderBy(line => line.EventId),
    ];

    [Fact]
    public void Each_log_line_has_a_number_of_its_own()
    {
        Assert.True(Lines.Count > 50, $"Only {Lines.Count} were found.");
        Assert.Empty(Lines.GroupBy(line => line.EventId).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void The_page_has_every_line_as_it_is_written()
    {
        var page = Repository.Read(Path);
        var expected = page[..(page.IndexOf(Start, StringComparison.Ordinal) + Start.Length)] + Tables();
        if (Environment.GetEnvironmentVariable("COUNTERSIGN_WRITE_DOCS") == "1")
            File.WriteAllText(System.IO.Path.Combine(Repository.Root, Path), expected);
        else
            Assert.Equal(expected, page);
    }

    static string Tables()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Sections.Length; i++)
        {
            var (from, to) = (Sections[i].From, i + 1 < Sections.Length ? Sections[i + 1].From : int.MaxValue);
            text.Append(CultureInfo.InvariantCulture, $"\n## {Sections[i].Title}\n\n| Event | Level | Line |\n|--:|---|---|\n");
            foreach (var line in Lines.Where(line => line.EventId >= from && line.EventId < to))
                text.Append(CultureInfo.InvariantCulture, $"| {line.EventId} | {line.Level} | {Cell(line.Message)} |\n");
        }

        return text.ToString();
    }

    // The stack is of use to developers only, and a bar would end the cell.
    static string Cell(string line) => line.Replace("\n{Stack}", "", StringComparison.Ordinal).Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal)
        .Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace('\n', ' ');
}
