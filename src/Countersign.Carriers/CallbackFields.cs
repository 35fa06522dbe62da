namespace Countersign.Carriers;

/// <summary>Reads the fields of a callback, a form or a query.</summary>
static class CallbackFields
{
    /// <summary>The first field of that name that is not empty; null where there is none.</summary>
    public static string? Find(this IReadOnlyList<KeyValuePair<string, string>> fields, string name)
    {
        foreach (var (key, value) in fields)
        {
            if (key == name && value.Length > 0)
            {
                return value;
            }
        }

        return null;
    }
}
