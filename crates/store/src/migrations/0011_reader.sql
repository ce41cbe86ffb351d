-- Reader had another GUID than Azure's.
UPDATE role_assignment SET role = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
    WHERE role = 'acdd72a7-3385-48ef-bd42-f89aceba8c5a';
