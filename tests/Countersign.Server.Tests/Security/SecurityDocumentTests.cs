using System.Text.RegularExpressions;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Security;

/// <summary>docs/security.md says what is met and by which test; here it is held to it.</summary>
public sealed partial class SecurityDocumentTests
{
    static readonly string[] States = ["met", "configurable", "application", "not met", "not there"];

    static readonly string Document = Repository.Read("docs/security.md");

    /// <summary>The rows of the two tables of requirements: number, what it asks, how it stands, setting and place, proof.</summary>
    static readonly string[][] Rows = [.. Document.Split('\n').Where(line => RowStart().IsMatch(line)).Select(line => line.Trim()[1..^1].Split('|', StringSplitOptions.TrimEntries))];

    static readonly Dictionary<string, HashSet<string>> Tests = ReadTests();

    [Fact]
    public void Every_row_says_how_it_stands_in_one_of_five_ways_and_what_is_met_names_its_proof() => Assert.All(Rows, row =>
    {
        Assert.True(row.Length == 5, $"{row[0]} has {row.Length} cells.");
        Assert.Contains(row[2], States);
        Assert.True(row[2] is not ("met" or "configurable") || TestName().IsMatch(row[4]), $"{row[0]} is {row[2]} and names no test.");
        Assert.True(row[2] != "configurable" || Setting().IsMatch(row[3]), $"{row[0]} is configurable and names no setting.");
    });

    [Fact]
    public void Every_test_that_is_named_exists()
    {
        var named = TestName().Matches(Document);

        Assert.True(named.Count > 40, $"Only {named.Count} tests are named.");
        Assert.All(named, name => Assert.True(
            Tests.TryGetValue(name.Groups[1].Value, out var methods) && (!name.Groups[2].Success || methods.Contains(name.Groups[2].Value)), $"There is no test {name.Value}."));
    }

    [Fact]
    public void Every_setting_that_is_named_exists()
    {
        var source = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var named = Rows.SelectMany(row => Setting().Matches(row[3])).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(
            name.StartsWith("Countersign:", StringComparison.Ordinal) ? IsOption(name) : source.Contains($"\"{name}\"", StringComparison.Ordinal), $"There is no setting {name}."));
    }

    [Fact]
    public void Every_file_and_heading_that_is_linked_exists() => Assert.Empty(
        from Match link in Link().Matches(Document)
        let target = link.Groups[1].Value.Split('#')
        let path = target[0].Length == 0 ? "docs/security.md" : Path.Combine("docs", target[0])
        where !link.Groups[1].Value.StartsWith("http", StringComparison.Ordinal)
        where !Path.Exists(Path.Combine(Repository.Root, path)) || (target.Length > 1 && !Headings(path).Contains(target[1]))
        select link.Value);

    [Fact]
    public void Chapter_six_of_ASVS_is_there_line_by_line()
    {
        int[] sections = [3, 12, 8, 6, 8, 4, 2, 4];

        Assert.Equal(
            sections.SelectMany((count, section) => Enumerable.Range(1, count).Select(number => $"V6.{section + 1}.{number}")),
            Rows.Select(row => row[0]).Where(number => number.StartsWith("V6.", StringComparison.Ordinal)));
    }

    // NIST numbers sections only; the letters, one for each thing that a section asks, are the page's.
    [Fact]
    public void Sections_3_1_2_3_1_3_and_3_2_of_SP_800_63B_are_there_line_by_line()
    {
        (string Section, string Letters)[] sections =
        [
            ("3.1.2.1", "ab"), ("3.1.2.2", "abcd"), ("3.1.3.1", "abcdefg"), ("3.1.3.2", "abcdefgh"), ("3.1.3.3", "abcd"), ("3.1.3.4", ""),
            ("3.2.1", ""), ("3.2.2", "abcdefghi"), ("3.2.3", ""), ("3.2.4", ""), ("3.2.5", ""), ("3.2.6", ""), ("3.2.7", ""), ("3.2.8", ""), ("3.2.9", "abcde"),
            ("3.2.10", ""), ("3.2.11", ""), ("3.2.12", ""), ("3.2.13", ""),
        ];

        Assert.Equal(
            sections.SelectMany(section => section.Letters.Length == 0 ? [section.Section] : section.Letters.Select(letter => section.Section + letter)),
            Rows.Select(row => row[0]).Where(number => char.IsAsciiDigit(number[0])));
    }

    [Fact]
    public void Nobody_is_told_that_a_typed_code_resists_phishing()
    {
        string[] kinds = [".md", ".cs", ".html", ".js", ".json"];
        var files = new[] { "README.md", "SECURITY.md", "CHANGELOG.md" }.Select(name => Path.Combine(Repository.Root, name))
            .Concat(new[] { "docs", "src", "requests" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*", SearchOption.AllDirectories)))
            .Where(file => kinds.Contains(Path.GetExtension(file)) || file.EndsWith(".http", StringComparison.Ordinal)).ToArray();

        var said = files.SelectMany(File.ReadLines).Where(line => line.Contains("phishing", StringComparison.OrdinalIgnoreCase)).ToArray();

        Assert.True(files.Length > 200, $"Only {files.Length} files were read.");
        Assert.StartsWith("| 3.2.5 | Codes that are typed are not called resistant to phishing |", Assert.Single(said), StringComparison.Ordinal);
    }

    static bool IsOption(string name)
    {
        var type = typeof(CountersignOptions);
        foreach (var part in name.Split(':').Skip(1))
        {
            if (type?.GetProperty(part) is not { } property)
            {
                return false;
            }

            type = property.PropertyType;
        }

        return true;
    }

    static IEnumerable<string> Headings(string path) =>
        Heading().Matches(Repository.Read(path)).Select(heading => NoLetter().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    static Dictionary<string, HashSet<string>> ReadTests()
    {
        var tests = new Dictionary<string, HashSet<string>>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories))
        {
            tests.TryAdd(Path.GetFileNameWithoutExtension(file), []);
            tests[Path.GetFileNameWithoutExtension(file)].UnionWith(TestMethod().Matches(File.ReadAllText(file)).Select(method => method.Groups[1].Value));
        }

        return tests;
    }

    [GeneratedRegex(@"^\| (V\d+\.\d+\.\d+|\d\.\d\.[\d.]+)[a-z]? \|")]
    private static partial Regex RowStart();

    [GeneratedRegex(@"`(\w+Tests)(?:\.(\w+))?`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"(?<!\[)`((?:Countersign:)?[A-Za-z][\w:]+)`")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoLetter();

    [GeneratedRegex(@"\[(?:Fact|Theory)\b[^\]]*\][\s\S]*?public (?:static )?(?:async )?(?:Task|void|ValueTask) (\w+)\(")]
    private static partial Regex TestMethod();
}
