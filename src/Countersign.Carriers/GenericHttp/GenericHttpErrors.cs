using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers.GenericHttp;

/// <summary>A described carrier has the codes of its description; the HTTP statuses are the same for all.</summary>
public static class GenericHttpErrors
{
    /// <summary>What an HTTP status means where the description says nothing of it, by <c>http_</c> and the status.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } =
        new[] { 301, 302, 307, 308, 401, 402, 403, 404, 405, 408, 413, 429, 500, 501, 502, 503, 504 }.ToDictionary(status => $"http_{status}", Refusals.OfStatus);

    /// <summary>The names that a description maps codes to: those of the error dictionary, in snake case.</summary>
    internal static IReadOnlyDictionary<string, DeliveryError> Names { get; } =
        Enum.GetValues<DeliveryError>().ToDictionary(DeliveryErrors.NameOf);
}
