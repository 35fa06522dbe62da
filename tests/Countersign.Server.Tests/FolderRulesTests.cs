using System.Text.RegularExpressions;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests;

/// <summary>Who may import whom. A row says what the files below a folder must not name; the longest matching folder of a namespace counts.</summary>
public sealed partial class FolderRulesTests
{
    static readonly string Root = Repository.Root;

    static readonly (string Folder, string Forbidden)[] Rules =
    [
        ("Countersign.Core", @"Countersign\.(?!Core\b)|Microsoft\.(AspNetCore|Data)|SQLitePCL|Npgsql|StackExchange|System\.Net\.Http"),
        ("Countersign.Storage", @"Countersign\.(?!Core\b|Storage\b)|Microsoft\.AspNetCore"),
        ("Countersign.Storage/Sqlite", @"Countersign\.Storage\.(PostgreSql|Redis)"),
        ("Countersign.Storage/PostgreSql", @"Countersign\.Storage\.(Sqlite|Redis)"),
        ("Countersign.Storage/Redis", @"Countersign\.Storage\.(Sqlite|PostgreSql)"),
        ("Countersign.Carriers", @"Countersign\.(?!Core\b|Carriers\b)|Microsoft\.AspNetCore|SQLitePCL"),
        ("Countersign.Server", @"Countersign\.(Bench|\w+\.Tests)"),
        ("Countersign.Server/Api", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Api\b)"),
        ("Countersign.Server/Admin", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Admin\b|Api\b)"),
        ("Countersign.Server/Sandbox", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Sandbox\b|Api\b)"),
        ("Countersign.Server/Callbacks", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Callbacks\b|Api\b)"),
        ("Countersign.Server/Passkeys", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Passkeys\b)"),
        ("Countersign.Server/Push", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Push\b|Webhooks\b)"),
        ("Countersign.Server/GeoIp", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!GeoIp\b|Hosting\b)"),
        ("Countersign.Server/Lines", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Lines\b|Hosting\b)"),
        ("Countersign.Server/Webhooks", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Webhooks\b)"),
        ("Countersign.Server/Workers", @"Countersign\.(Storage|Carriers)|Countersign\.Server\.(?!Workers\b)"),
    ];

    // Leaves know nothing of the use cases that are made of them.
    static readonly string[] CoreLeaves = ["Accounts", "Channels", "Codes", "Messages", "Messages/Senders", "Numbers", "Privacy", "Registry", "Routing"];

    [Fact]
    public void Nobody_imports_what_the_table_forbids() => Assert.Empty(
        from file in Sources()
        from rule in Rules
        where file.Folder == rule.Folder || file.Folder.StartsWith(rule.Folder + "/", StringComparison.Ordinal)
        from import in file.Imports
        where Regex.IsMatch(import, $"^({rule.Forbidden})")
        select $"{file.Path} imports {import}");

    [Fact]
    public void Leaves_of_the_core_import_no_use_case() => Assert.Empty(
        from file in Sources()
        where CoreLeaves.Any(leaf => file.Folder == $"Countersign.Core/{leaf}")
        from import in file.Imports
        where Regex.IsMatch(import, @"^Countersign\.Core\.(Verifications|Delivery)\b")
        select $"{file.Path} imports {import}");

    [Fact]
    public void Carriers_do_not_import_one_another() => Assert.Empty(
        from file in Sources()
        where file.Folder.StartsWith("Countersign.Carriers/", StringComparison.Ordinal)
        from import in file.Imports
        where import.StartsWith("Countersign.Carriers.", StringComparison.Ordinal) && !import.StartsWith(file.Folder.Replace('/', '.'), StringComparison.Ordinal)
        select $"{file.Path} imports {import}");

    [Fact]
    public void A_namespace_is_its_folder() => Assert.Empty(
        from file in Sources()
        where file.Namespace is not null && file.Namespace != file.Folder.Replace('/', '.')
        select $"{file.Path} is in {file.Namespace}");

    [Fact]
    public void The_rules_see_the_sources() => Assert.All(
        Rules, rule => Assert.Contains(Sources(), file => file.Folder.StartsWith(rule.Folder, StringComparison.Ordinal) && file.Imports.Length > 0));

    static IEnumerable<Source> Sources() =>
        from path in Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Path.Combine(Root, "src"), path).Replace('\\', '/')
        let text = File.ReadAllText(path)
        select new Source(
            relative,
            Path.GetDirectoryName(relative)!.Replace('\\', '/'),
            NamespaceLine().Match(text) is { Success: true } match ? match.Groups[1].Value : null,
            UsingLine().Matches(text).Select(line => line.Groups[1].Value).ToArray());

    [GeneratedRegex(@"^\s*(?:global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?([\w.]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    sealed record Source(string Path, string Folder, string? Namespace, string[] Imports);
}
