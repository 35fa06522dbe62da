using System.Reflection;

namespace Countersign.Server.Admin;

/// <summary>The description of the admin API, for people's tools. It holds nothing of this installation, so anyone may read it.</summary>
static class OpenApiDocument
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("admin/openapi.json")!;
        var document = new byte[stream.Length];
        stream.ReadExactly(document);
        routes.MapGet("/openapi/admin.json", context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = document.Length;
            return context.Response.Body.WriteAsync(document, 0, document.Length, context.RequestAborted);
        });
    }
}
