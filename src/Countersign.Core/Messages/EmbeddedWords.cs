using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Countersign.Core.Messages;

/// <summary>Reads what the assembly carries: a file a language, all of one shape. What is wrong in one is a bug, and found by the first test.</summary>
static class EmbeddedWords
{
    public static IReadOnlyList<TFile> Load<TFile>(string folder, JsonTypeInfo<TFile> shape)
    {
        var names = typeof(EmbeddedWords).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal));
        return [.. names.Order(StringComparer.Ordinal).Select(name => Read(name, shape))];
    }

    public static TFile Read<TFile>(string name, JsonTypeInfo<TFile> shape)
    {
        using var stream = typeof(EmbeddedWords).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly carries no {name}.");
        return JsonSerializer.Deserialize(stream, shape) ?? throw new InvalidOperationException($"{name} is empty.");
    }

    public static TextPattern Parse(string locale, string text) =>
        TextPattern.TryParse(text) ?? throw new InvalidOperationException($"A built-in text of {locale} has a broken placeholder.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(WordsFile))]
[JsonSerializable(typeof(VoiceFile))]
[JsonSerializable(typeof(EmailFile))]
sealed partial class WordsJson : JsonSerializerContext;
