using Countersign.Server.Api.Errors;
using Microsoft.Net.Http.Headers;

namespace Countersign.Server.Api.Forms;

/// <summary>Decides whether a body is a form in UTF-8.</summary>
static class FormContentType
{
    const string FormType = "application/x-www-form-urlencoded";

    /// <summary>The error to answer with, or null if the body may be read as a form.</summary>
    public static ApiError? Refuse(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return ApiErrors.UnsupportedMediaType("unsupported_encoding", "Send the body uncompressed.");
        }

        var contentType = request.ContentType;
        if (FormType.Equals(contentType, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (string.IsNullOrEmpty(contentType))
        {
            return ApiErrors.UnsupportedMediaType("missing_content_type", $"Send Content-Type: {FormType}.");
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out var parsed) || !parsed.MediaType.Equals(FormType, StringComparison.OrdinalIgnoreCase))
        {
            return ApiErrors.UnsupportedMediaType("not_a_form", $"Send the parameters as {FormType}.");
        }

        var charset = HeaderUtilities.RemoveQuotes(parsed.Charset);
        return charset.Length == 0
            || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)
                ? null
                : ApiErrors.UnsupportedMediaType("unsupported_charset", "Send the parameters in UTF-8.");
    }
}
