namespace Countersign.Adapters.Tests.Carriers;

/// <summary>Changes texts in one place, for tests of signatures.</summary>
public static class Mutations
{
    /// <summary>The text with each of its characters in turn replaced by another letter or digit.</summary>
    public static IEnumerable<string> Of(string text) =>
        Enumerable.Range(0, text.Length).Select(i => text[..i] + (text[i] == 'x' ? 'z' : 'x') + text[(i + 1)..]);
}
