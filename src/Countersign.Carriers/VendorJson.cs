using System.Text.Json;

namespace Countersign.Carriers;

/// <summary>Reads JSON that a stranger wrote: whatever it is, nothing here throws.</summary>
static class VendorJson
{
    const int MaxDepth = 32;

    /// <summary>The root of a JSON text, whichever kind it is; undefined where the bytes are no JSON, or JSON whose names are half characters.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth });
            ReadNames(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    /// <summary>The elements of an array at a path; none where there is no array. An empty path is the element itself.</summary>
    public static IEnumerable<JsonElement> ListAt(this JsonElement element, string path)
    {
        var list = path.Length == 0 ? element : element.At(path);
        return list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];
    }

    /// <summary>The text, number or truth at a path as text; null where there is none.</summary>
    public static string? ScalarAt(this JsonElement element, string path) => element.At(path).ValueKind switch
    {
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => element.TextAt(path),
    };

    /// <summary>A name with half a character in it is found out only when it is compared: here, and not in the middle of the work.</summary>
    static void ReadNames(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                _ = property.Name;
                ReadNames(property.Value);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                ReadNames(item);
            }
        }
    }
}
