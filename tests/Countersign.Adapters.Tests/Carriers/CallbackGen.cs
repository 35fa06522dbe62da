using CsCheck;

namespace Countersign.Adapters.Tests.Carriers;

/// <summary>Bodies that no carrier would send, and some that it might.</summary>
public static class CallbackGen
{
    static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[0, 40],
        Gen.String[Gen.Char["&=%+?;{}[]\",:0123456789abcdef"], 0, 60],
        Of("delivered", "failed", "", "-1", "99999999999999999999", "%", "%zz", "%ff", "\ud800", "VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "null"));

    /// <summary>A form or JSON object of the given fields with any values, each there or not, now and then cut, or any text at all.</summary>
    public static Gen<string> Body(params string[] fields)
    {
        var some = Of(fields).Select(Text, (name, value) => (Name: name, Value: value)).Array[0, 8];
        return Gen.OneOf(
            some.Select(all => string.Join('&', all.Select(field => $"{field.Name}={Uri.EscapeDataString(Clean(field.Value))}"))),
            some.Select(all => string.Join('&', all.Select(field => $"{field.Name}={field.Value}"))),
            some.Select(all => "{" + string.Join(',', all.Select(field => $"\"{field.Name}\":{System.Text.Json.JsonSerializer.Serialize(field.Value)}")) + "}"),
            some.Select(all => "{\"data\":{\"payload\":{" + string.Join(',', all.Select(field => $"\"{field.Name}\":{System.Text.Json.JsonSerializer.Serialize(field.Value)}")) + "}}}"),
            Text);
    }

    static Gen<string> Of(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    static string Clean(string value) => new([.. value.Where(letter => !char.IsSurrogate(letter))]);
}
