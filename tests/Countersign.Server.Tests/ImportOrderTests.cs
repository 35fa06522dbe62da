using System.Text.RegularExpressions;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests;

/// <summary>
/// The one thing that <c>dotnet format</c> looks after and neither the build nor <c>dotnet format whitespace</c> does, without the two minutes that it takes to load the
/// solution again.
/// </summary>
public sealed partial class ImportOrderTests
{
    static readonly string[] Folders = ["src", "tests", "bench"];

    [Fact]
    public void Imports_are_in_order_System_first() => Assert.Empty(
        from folder in Folders
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        where !file.Contains("node_modules", StringComparison.Ordinal)
        let imports = Import().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value).ToList()
        where !imports.SequenceEqual(imports.OrderBy(name => name != "System" && !name.StartsWith("System.", StringComparison.Ordinal)).ThenBy(name => name.Replace('.', ' '), StringComparer.OrdinalIgnoreCase))
        select Path.GetRelativePath(Repository.Root, file));

    [GeneratedRegex(@"^using ([\w.]+);\r?$", RegexOptions.Multiline)]
    private static partial Regex Import();
}
