namespace Countersign.Storage.History;

/// <summary>A store of live verifications apart from their history, which remembers a name that the history keeps as well: so each knows the other again.</summary>
interface INamedPlace
{
    /// <summary>Its name, null where it was given none yet; and whether anything was ever kept there.</summary>
    Task<(string? Name, bool WasUsed)> LookAsync();

    Task NameAsync(string name);
}
